import type { ErrorCode } from './errors.js';

/** A time, as in RFC 3339: `2026-01-31T12:00:00.000Z`. */
export type Time = string;

/** Why something did not work. It never quotes the value of a registration. */
export interface Problem {
  /** Absent for an unexpected error. */
  readonly code?: ErrorCode;
  readonly message: string;
  /** What to do. */
  readonly hint?: string;
}

/**
 * The result of a pass over a target. The names are those of the log.
 *
 * - `waiting`: a source has not been listed yet, or the only snapshot is older than the outputs.
 * - `in-step`: nothing to do.
 * - `kept`: a list has emptied the view, and the outputs do not follow it yet; the reason says where.
 * - `changed`: outputs swapped in.
 * - `reloaded`: a pending reload was acknowledged, with or without a change in this pass.
 * - `updated`: the running consumer has taken a change up without a reload, or was brought in step again.
 * - `throttled`: a reload is pending and waits for `minInterval`.
 * - `refused`: the consumer's check refuses the desired outputs.
 * - `failed`: another error.
 * - `stopped`: the pass was ended before its swap.
 * - `standby`: another process writes the target; this one knows what it would write.
 */
export type PassResult =
  | 'waiting'
  | 'in-step'
  | 'kept'
  | 'changed'
  | 'reloaded'
  | 'updated'
  | 'throttled'
  | 'refused'
  | 'failed'
  | 'stopped'
  | 'standby';

/** One source of a target: the revision that the outputs were made from, and the latest one that was read. Decimal int64. */
export interface AppliedRevision {
  readonly source: string;
  /** Null: the outputs were not made from this source yet, or it is not known. */
  readonly applied: string | null;
  /** Null: the source has not been listed yet. */
  readonly latest: string | null;
}

/** A service whose new instances one target does not take, because the consumer's check refuses them. */
export interface WithheldService {
  readonly service: string;
  readonly reason: string;
}

/** An instance, or a pair of a raw source, that the guard keeps in a view although etcd does not have it. */
export interface HoldStatus {
  readonly source: string;
  readonly key: string;
  /** Absent for a pair. */
  readonly instance?: {
    readonly service: string;
    readonly id: string;
    readonly address: string;
    readonly port: number;
  };
  /** Why it is missing, and the rule that its departure would break: the words of docs/guard.md. */
  readonly cause: 'left' | 'listed' | 'rejected';
  readonly rule: 'min-instances' | 'service-share' | 'target-share' | 'source-share';
  readonly since: Time;
  readonly until: Time;
}

/** What is known about changes that a running consumer takes up without a reload. */
export interface RuntimeStatus {
  /** When it last took up a change. Null: not yet in this process of rollcall. */
  readonly updatedAt: Time | null;
  /** Number of servers that get no new connection and are removed when their open ones have ended. */
  readonly leaving: number;
  /** The last reload that was needed instead. `isRefused`: the consumer should have taken the change up, and did not. Null: none yet. */
  readonly fellBack: { readonly at: Time; readonly reason: string; readonly isRefused: boolean } | null;
  /** Why the consumer could not be looked at the last time, or is known to differ. Null: it was. */
  readonly problem: string | null;
}

/** One target, as it is when it is asked for. */
export interface TargetStatus {
  readonly name: string;
  /**
   * True: the outputs and their consumer have what the latest snapshot says, nothing waits, and the watch of each source is alive. `notInStep`
   * says why not.
   */
  readonly inStep: boolean;
  /** Absent when in step. */
  readonly notInStep?: string;
  /** True: the target is cluster-wide, and this process is not the leader. It is never in step then. */
  readonly standby: boolean;
  readonly sources: readonly AppliedRevision[];
  /** Milliseconds since the oldest change that the outputs or their consumer do not have yet. 0 when there is none. */
  readonly lagMs: number;
  /** The last pass. Null: none has ended yet. */
  readonly last: {
    readonly result: PassResult;
    readonly at: Time;
    readonly reason?: string;
    readonly problem?: Problem;
  } | null;
  /** When the outputs were last changed by this process. Null: not yet. */
  readonly changedAt: Time | null;
  /** When the consumer last acknowledged a reload, over restarts. Null: never, or the target has no reload. */
  readonly reloadedAt: Time | null;
  /** Since when passes fail or are refused, without a good one between. Null: the last one did not. */
  readonly failingSince: Time | null;
  /** A change that the consumer has not acknowledged. `since`: when this process first knew of it. Null: none. */
  readonly pendingReload: { readonly since: Time } | null;
  /** The running consumer, which takes up changes without a reload. Null: the target does not ask it. */
  readonly runtime: RuntimeStatus | null;
  /** When something that failed, or waits, is tried again at the latest. Null: nothing waits for a time. */
  readonly nextAttempt: Time | null;
  readonly withheld: readonly WithheldService[];
  /** The number of registrations, instances, services and host names that are kept out because they break this target. */
  readonly quarantined: number;
  /** What the guard holds, services first. */
  readonly holds: readonly HoldStatus[];
}

/** One output of a target. */
export interface OutputStatus {
  /** The path, key or name. */
  readonly output: string;
  /** SHA-256 of the text, in hex. Null: the output is secret, or its text is not known now. */
  readonly digest: string | null;
  /** Null: not known now. */
  readonly bytes: number | null;
  readonly secret: boolean;
}

/** A target with its outputs. */
export interface TargetDetail extends TargetStatus {
  /**
   * The outputs that were last found or made in step, sorted. While the last pass failed: those that the target owns, without digests.
   */
  readonly outputs: readonly OutputStatus[];
  readonly quarantine: readonly { readonly service: string; readonly id?: string; readonly reason: string }[];
}

/** One source. */
export interface SourceStatus {
  readonly name: string;
  readonly prefix: string;
  /** The format in use; null before the first list. */
  readonly format: string | null;
  /** A complete list has been read. */
  readonly listed: boolean;
  /** The state of the watch. `live` is proven by the answers of etcd, within seconds. */
  readonly watch: 'connecting' | 'listing' | 'live' | 'waiting' | 'not-started';
  /** Since when the watch is in this state. Null: it has not started. */
  readonly since: Time | null;
  /** Why it waits. */
  readonly problem?: Problem;
  readonly revision: string | null;
  readonly keys: number;
  readonly services: number;
  readonly rejected: number;
  readonly secret: boolean;
}

/** Which config is in force. */
export interface ConfigStatus {
  /** Absolute path. */
  readonly file: string;
  /** 1 for the config of the start; each config that came into force since adds 1. */
  readonly generation: number;
  readonly since: Time;
  /** A newer config that could not be used, so the old one runs on. Null: none. */
  readonly refused: { readonly at: Time; readonly problem: Problem } | null;
}

/**
 * Why an election is in its state. `started`: this process has not led yet. `elected`: it has the lease. `renewal-overdue`: no renewal was acknowledged
 * in time. `lease-gone`: the record was removed. `lease-taken`: another process has it. `released`: this process gave it up.
 */
export type ElectionReason = 'started' | 'elected' | 'renewal-overdue' | 'lease-gone' | 'lease-taken' | 'released';

/** The election of the process that writes cluster-wide targets, as this process knows it. */
export interface ElectionStatus {
  /** `leader`: this process writes cluster-wide targets. `standby`: another process does, or none. */
  readonly state: 'leader' | 'standby';
  /** Since when it is in this state. */
  readonly since: Time;
  readonly reason: ElectionReason;
  /** One sentence for people. */
  readonly detail: string;
  /** Where the lease is: `key /rollcall/leader/holder`. */
  readonly lease: string;
  /** This process in the election. */
  readonly identity: string;
  /** The identity of the leader. Null: none is known. */
  readonly leader: string | null;
  /** The number of the present leadership; it grows. Null: there is no leader. */
  readonly epoch: string | null;
  /** How often this process has become the leader or has ceased to be it. */
  readonly transitions: number;
  /** Why the lease could not be read or written. It goes when an attempt succeeds. */
  readonly problem?: Problem;
}

/** The whole process. */
export interface ProcessStatus {
  readonly version: string;
  readonly pid: number;
  readonly startedAt: Time;
  /** Every target is in step, or another process writes it. */
  readonly inStep: boolean;
  /** True: the outputs come from the last good snapshot, and etcd has not answered yet. */
  readonly stale: boolean;
  readonly config: ConfigStatus;
  /** Null: no target is cluster-wide, or the config has no election. */
  readonly election: ElectionStatus | null;
  readonly sources: readonly SourceStatus[];
  /** In the order of the config. */
  readonly targets: readonly TargetStatus[];
}
