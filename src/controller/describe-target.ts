import { describeProblem } from '../model/describe-problem.js';
import type { Snapshot } from '../model/snapshot.js';
import type { Hold } from '../guard/hold.js';
import type { AppliedRevision, HoldStatus, RuntimeStatus, TargetStatus, Time } from '../model/status.js';
import { showTime } from '../model/show-time.js';
import type { Clock } from '../ports/runtime.js';
import type { TargetHistory } from './history.js';
import type { ManagedTarget, Outcome } from './managed-target.js';
import { splitRevisions } from './revisions.js';
import type { TargetState } from './target-state.js';

/** What the controller knows of one target at one moment. */
export interface TargetFacts {
  readonly managed: ManagedTarget;
  readonly state: TargetState;
  readonly history: TargetHistory;
  readonly snapshot: Snapshot;
  /** The revisions up to which the target is in step (`Controller.inStepAt`). */
  readonly inStepAt: string | undefined;
  /** Clock time of the oldest change that the outputs or their consumer do not have yet. */
  readonly behindSince: number | undefined;
}

/** The status of a target, from what the controller knows: the watches of its sources are not looked at. */
export function describeTarget(facts: TargetFacts, clock: Pick<Clock, 'now' | 'wall'>): TargetStatus {
  const { managed, state, history, behindSince } = facts;
  const { last, reloadPendingSince: pending } = history;
  const notInStep = explainNotInStep(facts);
  const { reloadedAt } = managed.journal.record;
  const nextAttempt = nextAttemptAt(facts, clock);
  const orNull = (at: number | null | undefined): Time | null =>
    at === undefined || at === null ? null : showTime(at);
  return {
    name: managed.name,
    inStep: notInStep === undefined,
    ...(notInStep !== undefined && { notInStep }),
    standby: isStandby(managed),
    sources: revisionsOfTarget(facts),
    lagMs: behindSince === undefined ? 0 : Math.max(0, Math.round(clock.now() - behindSince)),
    last: last ? { ...describeOutcome(last.outcome), at: showTime(last.at) } : null,
    changedAt: orNull(history.changedAt),
    reloadedAt: managed.reload ? orNull(reloadedAt) : null,
    failingSince: orNull(history.failingSince),
    pendingReload: pending === undefined ? null : { since: showTime(pending) },
    runtime: describeRuntime(managed, history),
    nextAttempt: orNull(nextAttempt),
    withheld: [...(state.withheld?.services ?? [])].map(([service, { reason }]) => ({ service, reason })),
    quarantined: last?.outcome.quarantined.length ?? 0,
    holds: (last?.outcome.guard?.holds ?? []).map(describeHold),
  };
}

function describeRuntime({ live }: ManagedTarget, history: TargetHistory): RuntimeStatus | null {
  if (!live) return null;
  const { updatedAt, fellBack, runtimeProblem } = history;
  return {
    updatedAt: updatedAt === undefined ? null : showTime(updatedAt),
    leaving: live.leaving,
    fellBack: fellBack ? { ...fellBack, at: showTime(fellBack.at) } : null,
    problem: runtimeProblem ?? null,
  };
}

/** The last moment that a date can name: a hold without an end is shown with it. */
const latestTime = 8.64e15;

function describeHold(hold: Hold): HoldStatus {
  const { cause, rule, since, deadline } = hold;
  const times = { since: showTime(since), until: showTime(Math.min(deadline, latestTime)) };
  if (hold.kind === 'pair') return { source: hold.source, key: hold.pair.key, cause, rule, ...times };
  const { source, key, service, id, address, port } = hold.instance;
  return { source, key, instance: { service, id, address, port }, cause, rule, ...times };
}

function describeOutcome({ result, reason, error }: Outcome) {
  return { result, ...(reason !== undefined && { reason }), ...(error && { problem: describeProblem(error) }) };
}

const isStandby = ({ leader }: ManagedTarget): boolean => leader !== undefined && leader.current() === undefined;

function explainNotInStep({ managed, history, inStepAt, behindSince, snapshot }: TargetFacts): string | undefined {
  const { last } = history;
  if (isStandby(managed)) return 'this process is a standby: the leader writes the target';
  if (!last) return 'no pass has ended yet';
  const { result, reason, error } = last.outcome;
  switch (result) {
    case 'failed':
    case 'refused':
      return error ? `${result}: ${error.message}` : result;
    case 'waiting':
    case 'kept':
      return reason === undefined ? result : `${result}: ${reason}`;
    case 'throttled':
      return 'a reload is pending and waits for `minInterval`';
    case 'stopped':
      return 'the last pass was stopped';
    case 'standby':
      return 'this process has just become the leader';
    case 'in-step':
    case 'changed':
    case 'reloaded':
    case 'updated':
      if (snapshot.stale) return 'etcd has not answered yet: the outputs come from the last good snapshot';
      return inStepAt === undefined || behindSince !== undefined ? 'a change is being made' : undefined;
  }
}

function revisionsOfTarget({ managed, history, snapshot, inStepAt }: TargetFacts): AppliedRevision[] {
  const applied = splitRevisions(inStepAt ?? history.applied ?? '');
  return managed.sources.map((source) => ({
    source,
    applied: applied.get(source) ?? null,
    latest: snapshot.sources.find((one) => one.source === source)?.revision ?? null,
  }));
}

/** Wall-clock time. A time that has passed is that of a try that runs or is about to. */
function nextAttemptAt({ state, history }: TargetFacts, clock: Pick<Clock, 'now' | 'wall'>): number | undefined {
  const againInMs = history.last?.outcome.againInMs;
  if (history.last && againInMs !== undefined) return history.last.at + againInMs;
  const due = Math.min(state.failure?.retryAt ?? Infinity, state.withheld?.retryAt ?? Infinity);
  return due < Infinity ? clock.wall() + due - clock.now() : undefined;
}
