import { isDeepStrictEqual } from 'node:util';
import type { Leadership } from '../ports/leader.js';
import { toError } from './errors.js';
import { noticeContent, recordContent } from './emptied.js';
import { guardSelection } from './guard-selection.js';
import type { ManagedTarget, Outcome } from './managed-target.js';
import type { Pass } from './pass.js';
import { describeMissing, revisionsOf } from './revisions.js';
import type { TargetState } from './target-state.js';

/**
 * The pass of a process that is not the leader: selection, guard and view, as the leader has them. It reads and writes no output and runs no reload. The
 * view counts as accepted, so that the guard of a later leader knows what has left. Never rejects.
 */
export async function standBy(managed: ManagedTarget, state: TargetState, pass: Pass): Promise<Outcome> {
  const { snapshot } = pass;
  const guarded = await guardSelection(managed, state, managed.view(snapshot), pass);
  pass.onJudged?.();
  const { verdict, view, raw } = guarded;
  const missing = describeMissing(snapshot, managed.sources, managed.journal.record.revision);
  let caveats = guarded.caveats;
  if (missing === undefined) {
    noticeContent(managed, state.emptiness, view, pass);
    // An empty view proves nothing about the outputs of the leader.
    if (view.services.length > 0) caveats = [...caveats, ...(await recordContent(managed, state.emptiness, view))];
    state.accepted = { view, raw, lists: snapshot.lists };
  }
  forgetOutputs(state);
  const againInMs = verdict?.againInMs;
  return {
    result: missing === undefined ? 'standby' : 'waiting',
    ...(missing !== undefined && { reason: missing }),
    changed: { created: 0, updated: 0, deleted: 0, bytes: 0 },
    ...(verdict && { guard: { holds: verdict.holds, began: verdict.began, ended: verdict.ended } }),
    caveats,
    quarantined: [],
    revision: revisionsOf(snapshot, managed.sources),
    ...(againInMs !== undefined && againInMs < Infinity && { againInMs }),
  };
}

/** Begins this leadership, unless it has begun already. The consumer may not have the outputs of the leader before, so a reload is pending. */
export async function lead(
  { target, journal, reload }: ManagedTarget,
  state: TargetState,
  leadership: Leadership,
  stop: AbortSignal,
): Promise<void> {
  if (state.epoch === leadership.epoch) return;
  forgetOutputs(state);
  await target.lead?.(leadership, stop);
  if (reload && !journal.record.reloadPending) await journal.advance({ reloadPending: true });
  state.epoch = leadership.epoch;
}

/** Milliseconds until this leader asks again for the holds of the one before it. */
const askAgainIn = 1000;

/**
 * Takes up what the leader before has held, once in a leadership and before the guard judges: without it, what was held would leave the outputs. So
 * would everything, when etcd lists nothing and this process has no journal of outputs with content.
 *
 * @returns the outcome of the pass when that is not possible
 */
export async function takeUpHolds(
  { guard, journal }: ManagedTarget,
  state: TargetState,
  leadership: Leadership,
): Promise<Omit<Outcome, 'revision'> | undefined> {
  if (state.guardEpoch === leadership.epoch) return undefined;
  try {
    const content = await guard?.memory.lead?.(leadership);
    if (content !== undefined && !isDeepStrictEqual(content, journal.record.content))
      await journal.advance({ content });
    state.guardEpoch = leadership.epoch;
    return undefined;
  } catch (thrown) {
    const hasEnded = leadership.signal.aborted;
    return {
      result: hasEnded ? 'stopped' : 'failed',
      ...(!hasEnded && { error: toError(thrown), againInMs: askAgainIn }),
      changed: { created: 0, updated: 0, deleted: 0, bytes: 0 },
      caveats: [],
      quarantined: state.quarantined,
    };
  }
}

/** Another process may change the outputs from now on. */
function forgetOutputs(state: TargetState): void {
  state.recovered = false;
  state.inStep = state.failure = state.withheld = state.search = undefined;
  state.failures = 0;
  state.unacknowledged.clear();
}
