import type { RejectionCode } from './format.js';
import { createHistogram, type Histogram } from './histogram.js';

/** Number and total duration of something that takes time. */
export interface Durations {
  count: number;
  seconds: number;
}

/** What is counted about one target since its first config of this process. */
export interface TargetMeasures {
  /** Seconds from a change in etcd until readers see the new outputs. */
  readonly written: Histogram;
  /** Seconds from a change in etcd until the consumer has it. */
  readonly applied: Histogram;
  /** Passes that ended, without those that waited, were stopped or repeated an earlier failure. */
  readonly passes: Record<'ok' | 'failed' | 'refused', number>;
  readonly checks: Record<'accepted' | 'refused' | 'unanswered', number>;
  readonly checking: Durations;
  /** Reloads with their confirms. */
  readonly reloads: Record<'acknowledged' | 'failed', number>;
  readonly reloading: Durations;
  /** Changes that a running consumer was asked to take up: it has, the change needs a reload, or it did not although it should. */
  readonly updates: Record<'updated' | 'reload' | 'refused', number>;
  /** Looks at all outputs, whether the view has changed or not. */
  readonly resyncs: Record<'interval' | 'asked', number>;
}

/** Why a prefix was listed completely. */
export type ListReason = 'start' | 'compacted' | 'restored' | 'behind' | 'asked' | 'differs';

/** Numbers about the outputs of a target that are no secret. */
export interface OutputSizes {
  readonly count: number;
  readonly bytes: number;
}

export interface SourceMeasures {
  readonly lists: Readonly<Record<ListReason, number>>;
  /** Events of keys that the watch delivered. */
  readonly changes: number;
  /** Registrations that are rejected now. */
  readonly rejected: ReadonlyMap<RejectionCode, number>;
}

/** The queue of targets, with the meanings of client-go's `workqueue` metrics. */
export interface QueueMeasures {
  readonly depth: number;
  readonly adds: number;
  readonly retries: number;
  /** Seconds from an add until the work begins. */
  readonly queued: Histogram;
  /** Seconds of work. */
  readonly worked: Histogram;
  /** Sum of the seconds of the work that has not ended yet, and the longest of them. */
  readonly unfinishedSeconds: number;
  readonly longestSeconds: number;
}

/** What a process has counted. The objects are live: read them at once. */
export interface Measures {
  /** Those of the present config, by name, in its order. */
  readonly targets: ReadonlyMap<string, TargetMeasures & { readonly outputs: OutputSizes | undefined }>;
  readonly sources: ReadonlyMap<string, SourceMeasures>;
  readonly queue: QueueMeasures;
  /** Configs that could not be used, and the wall-clock milliseconds of the last one. */
  readonly configRefusals: { readonly count: number; readonly lastAt: number | undefined };
}

/** From a file that is written in milliseconds to a reload that waits half a minute. Twelve series for each histogram of a target. */
const changeBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30];

export function createTargetMeasures(): TargetMeasures {
  return {
    written: createHistogram(changeBounds),
    applied: createHistogram(changeBounds),
    passes: { ok: 0, failed: 0, refused: 0 },
    checks: { accepted: 0, refused: 0, unanswered: 0 },
    checking: { count: 0, seconds: 0 },
    reloads: { acknowledged: 0, failed: 0 },
    reloading: { count: 0, seconds: 0 },
    updates: { updated: 0, reload: 0, refused: 0 },
    resyncs: { interval: 0, asked: 0 },
  };
}

/** Adds a duration in milliseconds. */
export function addDuration(durations: Durations, ms: number): void {
  durations.count += 1;
  durations.seconds += Math.max(0, ms) / 1000;
}

export function noLists(): Record<ListReason, number> {
  return { start: 0, compacted: 0, restored: 0, behind: 0, asked: 0, differs: 0 };
}
