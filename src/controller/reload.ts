import { addDuration } from '../model/measures.js';
import type { CommandContext } from '../ports/check.js';
import type { LiveResult } from '../ports/reload.js';
import { leavesOutputsInDoubt, toError } from './errors.js';
import type { ManagedTarget } from './managed-target.js';
import type { OutputsResult, Pass, ReloadResult } from './pass.js';
import type { TargetState } from './target-state.js';

/**
 * Brings the running consumer in step: by the live update, if the target has one, otherwise by the pending reload. A live update does not
 * wait for `minInterval`. Never rejects: an error is part of the result.
 */
export async function bringConsumerInStep(
  managed: ManagedTarget,
  state: TargetState,
  made: { readonly outputs: OutputsResult; readonly revision: string },
  pass: Pass,
): Promise<ReloadResult> {
  const { live, measures } = managed;
  const found = live && (await updateLive(managed, state, made.outputs, pass));
  if (!live) return runPendingReload(managed, state, made, pass);
  // A timer may fire too early, so every result says when to look at the consumer again.
  const again = (): { readonly againInMs?: number } =>
    live.dueAt < Infinity ? { againInMs: Math.max(0, live.dueAt - pass.clock.now()) } : {};
  const withReload = async (): Promise<ReloadResult> => {
    const reload = await runPendingReload(managed, state, made, pass);
    const againInMs = Math.min(reload.againInMs ?? Infinity, again().againInMs ?? Infinity);
    return { ...reload, ...(againInMs < Infinity && { againInMs }) };
  };
  if (!found) return withReload();
  const { result, isPending } = found;
  if (measures && (result.kind === 'reload' || isPending || result.changed > 0))
    measures.updates[result.kind === 'in-step' ? 'updated' : result.isRefused ? 'refused' : 'reload'] += 1;
  try {
    if (result.kind === 'in-step') {
      if (isPending) await acknowledge(managed, state, {});
      else if (result.changed === 0) return { live: result, ...again() };
      return { result: 'updated', updatedAt: pass.clock.now(), live: result, ...again() };
    }
    if (!isPending) await managed.journal.advance({ reloadPending: true });
  } catch (thrown) {
    return { live: result, error: toError(thrown), againInMs: pass.delay(1, toError(thrown)) };
  }
  return { ...(await withReload()), live: result };
}

/** Undefined when the consumer need not be looked at now, or the outputs in place are not known. */
async function updateLive(
  managed: ManagedTarget,
  state: TargetState,
  outputs: OutputsResult,
  { clock, mustObserve }: Pass,
): Promise<{ readonly result: LiveResult; readonly isPending: boolean } | undefined> {
  const { live, target, journal } = managed;
  const { inStep } = state;
  if (!live || !inStep || !mayReload(managed, outputs)) return undefined;
  const isPending = journal.record.reloadPending;
  // A reload that waits for its time has been found necessary for these outputs.
  const isNews = outputs.swappedAt !== undefined || mustObserve || dueAt(managed, state, outputs) <= clock.now();
  if (!(isPending && isNews) && !mustObserve && live.dueAt > clock.now()) return undefined;
  const facts = { isPending, isWhole: mustObserve };
  return { result: await live.run(target.outputs(inStep.desired), facts), isPending };
}

async function acknowledge(
  { journal }: ManagedTarget,
  state: TargetState,
  reloaded: { readonly reloadedAt?: number },
): Promise<void> {
  await journal.advance({ step: 'reloaded', reloadPending: false, ...reloaded });
  state.reloadFailures = 0;
  state.reloadRetryAt = -Infinity;
  state.unacknowledged.clear();
}

/**
 * Runs the pending reload, if there is one and `minInterval` allows it. A reload that failed is retried after a growing delay, or when the
 * outputs have changed again, because the change may fix the cause. A failed change and an outage of etcd do not delay the reload. Never
 * rejects: an error is part of the result.
 */
async function runPendingReload(
  managed: ManagedTarget,
  state: TargetState,
  { outputs, revision }: { readonly outputs: OutputsResult; readonly revision: string },
  { clock, delay, leadership }: Pass,
): Promise<ReloadResult> {
  const { journal, reload, minInterval } = managed;
  if (!journal.record.reloadPending || !mayReload(managed, outputs)) return {};
  // The next leader finds the reload pending, too.
  if (managed.leader && leadership && managed.leader.current() !== leadership) return {};
  const waitMs = reload ? dueAt(managed, state, outputs) - clock.now() : 0;
  if (waitMs > 0) return { result: 'throttled', againInMs: waitMs };

  let acknowledged: ReloadResult = {};
  try {
    if (reload) {
      const context = contextOf(managed, state, revision);
      await measured(managed, clock, () => reloadAndConfirm(managed, context, leadership?.signal)).finally(
        () => (state.lastReload = clock.now()),
      );
      acknowledged = { result: 'reloaded', reloadedAt: clock.now() };
    }
    await acknowledge(managed, state, reload ? { reloadedAt: clock.wall() } : {});
  } catch (thrown) {
    const error = toError(thrown);
    state.reloadFailures += 1;
    const againInMs = Math.max(minInterval, delay(state.reloadFailures, error));
    state.reloadRetryAt = clock.now() + againInMs;
    return { ...acknowledged, error, againInMs };
  }
  return acknowledged;
}

/** True when the outputs in place are complete and the consumer's check accepts them, also after a change that failed. */
function mayReload({ journal }: ManagedTarget, { result, error }: OutputsResult): boolean {
  const { step } = journal.record;
  if (step === 'staged' || step === 'swapped' || (error && leavesOutputsInDoubt(error))) return false;
  // Before the first change there are no outputs that the consumer could have missed.
  return result !== 'waiting' || step !== 'none';
}

/** The clock time before which no reload runs. After a swap, the delay of a failed reload does not count. */
function dueAt({ minInterval }: ManagedTarget, state: TargetState, { swappedAt }: OutputsResult): number {
  const spaced = (state.lastReload ?? -Infinity) + minInterval;
  return swappedAt === undefined ? Math.max(spaced, state.reloadRetryAt) : spaced;
}

function contextOf({ name, journal, target }: ManagedTarget, state: TargetState, revision: string): CommandContext {
  const changed = [...state.unacknowledged];
  const { owned, step, digest: recorded } = journal.record;
  return {
    ...{ target: name, revision, outputs: changed.length > 0 ? changed : owned },
    get digest() {
      if (state.inStep) return target.digest(state.inStep.desired);
      // After a failure, it is that of the outputs that are not in place.
      return step !== 'failed' && recorded !== '' ? recorded : undefined;
    },
  };
}

async function reloadAndConfirm(
  { reload, confirm }: ManagedTarget,
  context: CommandContext,
  // Not the stop signal: an interrupted reload would leave the consumer between two states. The reload's own timeout bounds it. But a process that
  // is no longer the leader does nothing more.
  signal = new AbortController().signal,
): Promise<void> {
  await reload?.run(context, signal);
  await confirm?.run(context, signal);
}

/** Counts the reload that `run` makes, with its outcome and its duration. */
async function measured({ measures }: ManagedTarget, clock: Pass['clock'], run: () => Promise<void>): Promise<void> {
  const began = clock.now();
  const ended = (outcome: 'acknowledged' | 'failed'): void => {
    if (!measures) return;
    measures.reloads[outcome] += 1;
    addDuration(measures.reloading, clock.now() - began);
  };
  await run().catch((error: unknown) => {
    ended('failed');
    throw error;
  });
  ended('acknowledged');
}
