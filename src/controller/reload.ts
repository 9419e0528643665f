import type { CommandContext } from '../ports.js';
import { leavesOutputsInDoubt, toError } from './errors.js';
import type { ManagedTarget } from './managed-target.js';
import type { OutputsResult, Pass, ReloadResult } from './pass.js';
import type { TargetState } from './target-state.js';

/**
 * Reloads the consumer if a reload is pending, now or when `minInterval` allows. A reload that failed is tried again after a growing
 * delay, or when the outputs have changed once more: that may be the cure. It waits neither for a change that failed nor for etcd.
 * Never rejects: an error is part of the result.
 */
export async function runPendingReload(
  managed: ManagedTarget,
  state: TargetState,
  { outputs, revision }: { readonly outputs: OutputsResult; readonly revision: string },
  { clock, delay }: Pass,
): Promise<ReloadResult> {
  const { journal, reload, minInterval } = managed;
  if (!journal.record.reloadPending || !mayReload(managed, outputs)) return {};
  const waitMs = reload ? dueAt(managed, state, outputs) - clock.now() : 0;
  if (waitMs > 0) return { result: 'throttled', againInMs: waitMs };

  let acknowledged: ReloadResult = {};
  try {
    if (reload) {
      await reloadAndConfirm(managed, contextOf(managed, state, revision)).finally(
        () => (state.lastReload = clock.now()),
      );
      acknowledged = { result: 'reloaded', reloadedAt: clock.now() };
    }
    await journal.advance({ step: 'reloaded', reloadPending: false, ...(reload && { reloadedAt: clock.wall() }) });
  } catch (thrown) {
    const error = toError(thrown);
    state.reloadFailures += 1;
    const againInMs = Math.max(minInterval, delay(state.reloadFailures, error));
    state.reloadRetryAt = clock.now() + againInMs;
    return { ...acknowledged, error, againInMs };
  }
  state.reloadFailures = 0;
  state.reloadRetryAt = -Infinity;
  state.unacknowledged.clear();
  return acknowledged;
}

/** True when the outputs in place are whole and the consumer's check accepts them, also after a change that failed. */
function mayReload({ journal }: ManagedTarget, { result, error }: OutputsResult): boolean {
  const { step } = journal.record;
  if (step === 'staged' || step === 'swapped' || (error && leavesOutputsInDoubt(error))) return false;
  // Nothing was ever made, so there is nothing that the consumer could lack.
  return result !== 'waiting' || step !== 'none';
}

/** The clock time before which no reload runs. New outputs do not wait for the delay after a failed reload. */
function dueAt({ minInterval }: ManagedTarget, state: TargetState, { swappedAt }: OutputsResult): number {
  const spaced = (state.lastReload ?? -Infinity) + minInterval;
  return swappedAt === undefined ? Math.max(spaced, state.reloadRetryAt) : spaced;
}

function contextOf({ name, journal }: ManagedTarget, state: TargetState, revision: string): CommandContext {
  const known = [...state.unacknowledged];
  return { target: name, revision, outputs: known.length > 0 ? known : journal.record.owned };
}

async function reloadAndConfirm({ reload, confirm }: ManagedTarget, context: CommandContext): Promise<void> {
  // Not the stop signal: a reload cut short would leave the consumer between two states. Its own timeout bounds it.
  const unstoppable = new AbortController().signal;
  await reload?.run(context, unstoppable);
  await confirm?.run(context, unstoppable);
}
