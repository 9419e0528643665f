import type { Outcome } from '../controller/managed-target.js';
import { openManager } from './manager.js';
import { DeadlineError, withDeadline } from '../model/deadline.js';
import type { Runtime } from '../ports.js';
import type { Prepared } from '../build/prepare.js';

/** What came of one target. */
export interface OnceTarget {
  readonly target: string;
  /** Of the last pass; undefined when it never had its turn. */
  readonly outcome: Outcome | undefined;
  /** Outputs, over all passes. */
  readonly changed: { readonly created: number; readonly updated: number; readonly deleted: number };
  /** The consumer has acknowledged a reload. */
  readonly reloaded: boolean;
  /** It has yet to. */
  readonly reloadPending: boolean;
}

/** What came of one pass over all targets. */
export interface OnceResult {
  /** In the order of the config. */
  readonly targets: readonly OnceTarget[];
  /** Every target is in step and no reload is pending. */
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
  runtime: Runtime,
  timeout: number,
  stop: AbortSignal,
): Promise<OnceResult> {
  const wanted = prepared.loaded.config.targets.map(({ name }) => name);
  const ends = new Map<string, Omit<OnceTarget, 'reloadPending'>>();
  const done = new AbortController();
  const onOutcome = (target: string, outcome: Outcome): void => {
    // A second pass that the end of all cuts short takes nothing back.
    if (outcome.result === 'stopped' && hasEnded(target)) return;
    ends.set(target, follow(ends.get(target) ?? untouched(target), outcome));
    if (wanted.every(hasEnded)) done.abort();
  };
  const hasEnded = (name: string): boolean => {
    const result = ends.get(name)?.outcome?.result;
    return result !== undefined && (good.has(result) || bad.has(result));
  };
  const manager = await openManager(prepared, runtime, { onOutcome, restore: false });
  let late: string[] = [];
  const limits = {
    timeout,
    clock: runtime.clock,
    signals: [done.signal],
    late: () => {
      late = wanted.filter((name) => !hasEnded(name));
      return new DeadlineError(timeout);
    },
  };
  // The manager ends in good order when its signal aborts, so the deadline is no error here.
  await withDeadline(limits, (limit) => manager.run(AbortSignal.any([stop, limit])));
  const pending = manager.reloadsPending();
  const targets = wanted.map((name) => ({ ...(ends.get(name) ?? untouched(name)), reloadPending: pending.has(name) }));
  return { targets, ok: targets.every(({ outcome }) => outcome && good.has(outcome.result)), late };
}

function untouched(target: string): Omit<OnceTarget, 'reloadPending'> {
  return { target, outcome: undefined, changed: { created: 0, updated: 0, deleted: 0 }, reloaded: false };
}

/** A change and its reload may be two passes, and one that finds nothing to do may follow. */
function follow(
  { target, changed, reloaded }: Omit<OnceTarget, 'reloadPending'>,
  outcome: Outcome,
): Omit<OnceTarget, 'reloadPending'> {
  const { created, updated, deleted } = outcome.changed;
  return {
    target,
    outcome,
    changed: {
      created: changed.created + created,
      updated: changed.updated + updated,
      deleted: changed.deleted + deleted,
    },
    reloaded: reloaded || outcome.reloadedAt !== undefined,
  };
}
