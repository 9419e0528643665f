import type { Clock, CommandContext, Reload } from '../ports.js';
import { toError } from './attempt.js';
import type { OutcomeDraft, TargetState, Pass } from './memory.js';
import type { ManagedTarget } from './managed-target.js';

/**
 * The consumer: told of what it has not acknowledged yet, now or when `minInterval` allows. A reload that failed is tried
 * again after a growing delay, or when the outputs have changed once more: that may be the cure.
 */
export async function runPendingReload(
  part: ManagedTarget,
  memory: TargetState,
  { clock, delay }: Pass,
  outcome: OutcomeDraft,
): Promise<void> {
  const { journal, reload } = part;
  if (!journal.record.reloadPending) return;
  // Nothing was ever made, so there is nothing that the consumer lacks yet.
  if (outcome.result === 'waiting' && journal.record.step === 'none') return;
  if (reload) {
    const spaced = (memory.lastReload ?? -Infinity) + part.minInterval;
    const due = outcome.swappedAt === undefined ? Math.max(spaced, memory.reloadRetryAt) : spaced;
    const wait = due - clock.now();
    if (wait > 0) {
      outcome.againInMs = wait;
      if (outcome.result !== 'refused') outcome.result = 'throttled';
      return;
    }
  }
  try {
    if (reload) await acknowledge(part, memory, reload, clock, outcome);
    await journal.advance({ step: 'reloaded', reloadPending: false, ...(reload && { reloadedAt: clock.wall() }) });
  } catch (error) {
    memory.reloadFailures += 1;
    outcome.againInMs = Math.max(part.minInterval, delay(memory.reloadFailures, toError(error)));
    memory.reloadRetryAt = clock.now() + outcome.againInMs;
    throw error;
  }
  memory.reloadFailures = 0;
  memory.reloadRetryAt = -Infinity;
  memory.unacknowledged.clear();
}

async function acknowledge(
  part: ManagedTarget,
  memory: TargetState,
  reload: Reload,
  clock: Clock,
  outcome: OutcomeDraft,
): Promise<void> {
  const known = [...memory.unacknowledged];
  const outputs = known.length > 0 ? known : part.journal.record.owned;
  const context: CommandContext = { target: part.name, revision: outcome.revision, outputs };
  // Not the stop signal: a reload cut short would leave the consumer between two states; its own timeout bounds it.
  const unstoppable = new AbortController().signal;
  try {
    await reload.run(context, unstoppable);
    await part.confirm?.run(context, unstoppable);
  } finally {
    memory.lastReload = clock.now();
  }
  outcome.reloadedAt = memory.lastReload;
  if (outcome.result !== 'refused') outcome.result = 'reloaded';
}
