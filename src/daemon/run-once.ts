import type { Outcome } from '../controller/managed-target.js';
import { openManager } from './manager.js';
import { fieldsOf, type RollcallError } from '../model/errors.js';
import { DeadlineError, withDeadline } from '../model/deadline.js';
import type { Runtime } from '../ports/runtime.js';
import type { Prepared } from '../build/prepare.js';

/** The result of one target. */
export interface OnceTarget {
  readonly target: string;
  /** The outcome of the last pass; undefined when no pass ran. */
  readonly outcome: Outcome | undefined;
  /** Numbers of outputs, summed over all passes. */
  readonly changed: { readonly created: number; readonly updated: number; readonly deleted: number };
  /** The consumer has acknowledged a reload. */
  readonly reloaded: boolean;
  /** Why the target cannot be made: etcd refuses one of its sources, and no retry helps before an operator acts. */
  readonly refusal?: RollcallError;
  /** A reload is pending. */
  readonly reloadPending: boolean;
}

/** The result of `runOnce`. */
export interface OnceResult {
  /** In the order of the config. */
  readonly targets: readonly OnceTarget[];
  /** Every target is in step, nothing is held, and no reload is pending. */
  readonly ok: boolean;
  /** Names of the targets that had neither succeeded nor failed when `timeout` passed. */
  readonly late: readonly string[];
}

export interface OnceOptions {
  /** Milliseconds. */
  readonly timeout: number;
  /** A list may empty the outputs of a target. */
  readonly allowEmpty: boolean;
}

/** The part of the time that one search for the services to blame may take. The rest is for the changes before and after it. */
const searchShare = 1 / 3;

const good: ReadonlySet<Outcome['result']> = new Set<Outcome['result']>(['in-step', 'changed', 'reloaded', 'updated']);
const bad: ReadonlySet<Outcome['result']> = new Set<Outcome['result']>(['refused', 'failed', 'kept']);

/**
 * Brings every target in step with etcd, then ends. It ends when each target has succeeded, was refused, kept or has failed once, or when
 * etcd refuses the user or the permission for a source of it; and at the latest after `timeout` milliseconds. It does not use the last good snapshot: while etcd does not answer, no target is made. Outputs
 * that a list would empty are kept, however long they have been, unless `allowEmpty` is true.
 */
export async function runOnce(
  given: Prepared,
  runtime: Runtime,
  { timeout, allowEmpty }: OnceOptions,
  stop: AbortSignal,
): Promise<OnceResult> {
  const prepared = withoutWaiting(given, allowEmpty);
  const { sources, targets } = prepared.loaded.config;
  const names = targets.map(({ name }) => name);
  const results = new Map<string, Omit<OnceTarget, 'reloadPending'>>();
  const done = new AbortController();
  const onOutcome = (target: string, outcome: Outcome): void => {
    // If the abort stops a second pass, the result of the first one stays.
    if (outcome.result === 'stopped' && hasEnded(target)) return;
    results.set(target, addOutcome(results.get(target) ?? emptyResult(target), outcome));
    endIfComplete();
  };
  const refusals = new Map<string, RollcallError>();
  const onRefusal = (source: string, error: RollcallError): void => {
    if (refusals.get(source)?.message !== error.message)
      runtime.log.error({ source, ...fieldsOf(error) }, 'etcd refuses the source: its targets are not made');
    refusals.set(source, error);
    endIfComplete();
  };
  const refusalOf = (name: string): RollcallError | undefined => {
    const target = targets.find((one) => one.name === name);
    const read = target?.sources ?? sources.map((source) => source.name);
    return read.map((source) => refusals.get(source)).find((error) => error !== undefined);
  };
  const endIfComplete = (): void => {
    if (names.every((name) => hasEnded(name) || refusalOf(name) !== undefined)) done.abort();
  };
  const hasEnded = (name: string): boolean => {
    const result = results.get(name)?.outcome?.result;
    return result !== undefined && (good.has(result) || bad.has(result));
  };
  const manager = await openManager(prepared, runtime, {
    onOutcome,
    onRefusal,
    restore: false,
    searchTime: timeout * searchShare,
  });
  let late: string[] = [];
  const limits = {
    timeout,
    clock: runtime.clock,
    signals: [done.signal],
    late: () => {
      late = names.filter((name) => !hasEnded(name) && refusalOf(name) === undefined);
      return new DeadlineError(timeout);
    },
  };
  // `run` resolves when its signal aborts, so the deadline does not throw here.
  await withDeadline(limits, (limit) => manager.run(AbortSignal.any([stop, limit])));
  const pending = manager.reloadsPending();
  const ends = names.map((name) => {
    const refusal = hasEnded(name) ? undefined : refusalOf(name);
    return {
      ...(results.get(name) ?? emptyResult(name)),
      ...(refusal && { refusal }),
      reloadPending: pending.has(name),
    };
  });
  const isGood = ({ outcome }: OnceTarget) =>
    outcome !== undefined && good.has(outcome.result) && (outcome.guard?.holds.length ?? 0) === 0;
  return { targets: ends, ok: ends.every(isGood), late };
}

/** One run does not wait: what is held or kept follows etcd now, or not at all. */
function withoutWaiting(prepared: Prepared, allowEmpty: boolean): Prepared {
  const { loaded } = prepared;
  const targets = loaded.config.targets.map((target) => {
    const { guard } = target;
    if (guard === 'off' || guard.holdFor === 0) return target;
    return { ...target, guard: allowEmpty ? ('off' as const) : { ...guard, holdFor: Infinity } };
  });
  return { ...prepared, loaded: { ...loaded, config: { ...loaded.config, targets } } };
}

function emptyResult(target: string): Omit<OnceTarget, 'reloadPending'> {
  return { target, outcome: undefined, changed: { created: 0, updated: 0, deleted: 0 }, reloaded: false };
}

/** Adds the outcome of a pass: a change and its reload may take two passes, and a pass without work may follow. */
function addOutcome(
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
