import type { Outcome } from '../controller/part.js';
import { openApp } from './app.js';
import type { Surroundings } from './surroundings.js';
import type { Prepared } from './prepare.js';

/** What came of one pass over all targets. */
export interface OnceResult {
  /** The last outcome of each target, by name; a target that never had its turn is not in it. */
  readonly outcomes: ReadonlyMap<string, Outcome>;
  /** Every target is in step and no reload is owed. */
  readonly ok: boolean;
  /** The targets that had neither been made nor failed when `timeout` passed. */
  readonly late: readonly string[];
}

const good: ReadonlySet<Outcome['result']> = new Set<Outcome['result']>(['in-step', 'changed', 'reloaded']);
const bad: ReadonlySet<Outcome['result']> = new Set<Outcome['result']>(['refused', 'failed']);

/**
 * Brings every target in step with what etcd holds now, and ends: when each of them was made, or refused, or failed once, or after
 * `timeout` milliseconds. The last good snapshot is not used: without etcd nothing is made.
 */
export async function runOnce(
  prepared: Prepared,
  surroundings: Surroundings,
  timeout: number,
  stop: AbortSignal,
): Promise<OnceResult> {
  const wanted = prepared.loaded.config.targets.map(({ name }) => name);
  const outcomes = new Map<string, Outcome>();
  const done = new AbortController();
  const onOutcome = (target: string, outcome: Outcome): void => {
    // A second pass that the end of all cuts short takes nothing back.
    if (outcome.result === 'stopped' && hasEnded(target)) return;
    outcomes.set(target, outcome);
    if (wanted.every(hasEnded)) done.abort();
  };
  const hasEnded = (name: string): boolean => {
    const result = outcomes.get(name)?.result;
    return result !== undefined && (good.has(result) || bad.has(result));
  };
  const app = await openApp(prepared, surroundings, { onOutcome, restore: false });
  const signal = AbortSignal.any([stop, done.signal]);
  let late: string[] = [];
  const patience = surroundings.clock.sleep(timeout, signal).then(() => {
    if (!signal.aborted) late = wanted.filter((name) => !hasEnded(name));
    done.abort();
  });
  await Promise.all([app.run(signal), patience]);
  const ok = wanted.every((name) => good.has(outcomes.get(name)?.result ?? 'waiting'));
  return { outcomes, ok, late };
}
