import { backoffDelay } from '../model/backoff.js';
import { fieldsOf, RollcallError } from '../model/errors.js';
import type { Snapshot } from '../model/snapshot.js';
import type { Clock, Log, Random } from '../ports.js';
import { readWhatArrived } from './drain-io.js';
import type { ManagedTarget, Outcome } from './managed-target.js';
import { createQueue, type Again } from './queue.js';
import { reconcile } from './reconcile.js';
import { report } from './report.js';
import { forgetFailures, initialState, stateAfterEdit, type TargetState } from './target-state.js';

export interface Controller {
  /**
   * The latest snapshot. Enqueues the targets that are made from `source`, or all without it. `at` is the clock time of the event
   * that made the snapshot new: the log says how long each target took from there.
   */
  update(snapshot: Snapshot, at: number, source?: string): void;
  /** Looks at every target's outputs again, even though nothing has changed in etcd. */
  resync(): void;
  /** Looks again, and tries again at once whatever failed or was refused. `minInterval` is kept. */
  retry(): void;
  /**
   * Takes another set of targets. The targets named in `keep` go on undisturbed. The passes of all others are ended first, then
   * `next` is asked for the targets to take in their place: a target of the same name keeps the state of its consumer
   * (`stateAfterEdit`). When `next` rejects, the old targets go on and `replace` rejects with its error.
   */
  replace(keep: ReadonlySet<string>, next: () => Promise<readonly ManagedTarget[]>): Promise<void>;
  /** How the last pass over each target ended. */
  readonly outcomes: ReadonlyMap<string, Outcome>;
  /** Resolves when `signal` has aborted and every running pass has finished its step. */
  run(signal: AbortSignal): Promise<void>;
}

export interface ControllerOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Milliseconds between two looks at outputs that should not have changed. */
  readonly resyncInterval: number;
  /**
   * What a target rests for between two passes. Default: until what arrived during the first is read. Without a rest, a storm of
   * events would cost one pass for each message.
   */
  readonly pause?: () => Promise<void>;
  /** Called with every outcome, after it was logged. */
  readonly onOutcome?: (target: string, outcome: Outcome) => void;
}

// The reason of an abort keeps alive what the place of its making can see: one that is made here keeps nothing.
const replaced = new Error('the target was replaced');

/** Delays in milliseconds before a failed pass is tried again. */
const retry = { base: 500, cap: 60_000 };

interface Entry {
  readonly managed: ManagedTarget;
  readonly state: TargetState;
  readonly log: Log;
  /** Ends the running pass of this target alone. */
  readonly retired: AbortController;
  /** Clock time of the oldest event that no pass has taken up yet. */
  since: number | undefined;
  /** The next pass observes the outputs, whatever the view. */
  look: boolean;
  /** The next pass forgets what failed or was refused. */
  retry: boolean;
}

/**
 * The level-triggered loop: keeps every target in step with the latest snapshot, each on its own. A target that fails is retried with
 * a growing delay and disturbs no other. A change of its view tries it at once.
 *
 * @param targets the first set
 */
export function createController(targets: readonly ManagedTarget[], options: ControllerOptions): Controller {
  const { clock, random, onOutcome } = options;
  const outcomes = new Map<string, Outcome>();
  let latest: Snapshot = { sources: [], stale: false };
  let entries = new Map<string, Entry>();
  const brokenPass = (name: string, error: unknown): Again => {
    entries.get(name)?.log.error(fieldsOf(error), 'a pass broke off: this is a fault of rollcall itself');
    return retry.cap;
  };
  const queue = createQueue(clock, pass, brokenPass, options.pause ?? readWhatArrived);

  function enter(managed: ManagedTarget, state: TargetState, since?: number): Entry {
    const log = options.log.child({ target: managed.name });
    return { managed, state, log, retired: new AbortController(), since, look: true, retry: false };
  }

  async function pass(name: string, stop: AbortSignal): Promise<Again> {
    const entry = entries.get(name);
    if (!entry) return undefined;
    const { managed, state, since, look, log } = entry;
    if (entry.retry) forgetFailures(state);
    entry.since = undefined;
    entry.look = entry.retry = false;
    const ends = AbortSignal.any([stop, entry.retired.signal]);
    const outcome = await reconcile(managed, state, { snapshot: latest, clock, delay, look, stop: ends });
    // A pass that left work undone leaves the stopwatch running, so that the next one reports the whole wait.
    if (['failed', 'throttled', 'waiting', 'stopped'].includes(outcome.result)) entry.since = since ?? entry.since;
    report(log, outcome, outcomes.get(name), since);
    outcomes.set(name, outcome);
    onOutcome?.(name, outcome);
    return outcome.againInMs;
  }

  /** Errors that no retry can fix are retried at the longest delay, because a person may fix their cause. */
  function delay(attempt: number, error: Error): number {
    const isHopeless = error instanceof RollcallError && !error.retry;
    return isHopeless ? retry.cap : backoffDelay(attempt, retry, random());
  }

  /** A target that is being replaced gets its turn when its successor is there. */
  function enqueue(name: string, { retired }: Entry): void {
    if (!retired.signal.aborted) queue.add(name);
  }

  function resync(): void {
    for (const [name, entry] of entries) {
      entry.look = true;
      enqueue(name, entry);
    }
  }

  function retryAll(): void {
    const at = clock.now();
    for (const entry of entries.values()) {
      entry.retry = true;
      entry.since ??= at;
    }
    resync();
  }

  async function replace(keep: ReadonlySet<string>, next: () => Promise<readonly ManagedTarget[]>): Promise<void> {
    const at = clock.now();
    const retired = [...entries.values()].filter(({ managed: { name } }) => !keep.has(name));
    for (const entry of retired) entry.retired.abort(replaced);
    await Promise.all(retired.map(({ managed: { name } }) => queue.remove(name)));
    try {
      const taken = (await next()).map((managed): [string, Entry] => {
        const before = entries.get(managed.name);
        const state = before ? stateAfterEdit(before.state) : initialState(managed.journal.record, clock);
        return [managed.name, enter(managed, state, before?.since ?? at)];
      });
      entries = new Map([...[...entries].filter(([name]) => keep.has(name)), ...taken]);
      for (const name of outcomes.keys()) if (!entries.has(name)) outcomes.delete(name);
    } catch (error) {
      const restored = retired.map(({ managed, state, since }): [string, Entry] => [
        managed.name,
        enter(managed, state, since),
      ]);
      entries = new Map([...entries, ...restored]);
      throw error;
    } finally {
      for (const [name, entry] of entries) if (!keep.has(name)) enqueue(name, entry);
    }
  }

  for (const managed of targets) entries.set(managed.name, enter(managed, initialState(managed.journal.record, clock)));
  return {
    outcomes,
    resync,
    retry: retryAll,
    replace,
    update(snapshot, at, source) {
      latest = snapshot;
      for (const [name, entry] of entries) {
        if (source !== undefined && !entry.managed.sources.includes(source)) continue;
        entry.since ??= at;
        enqueue(name, entry);
      }
    },
    async run(signal) {
      const resyncs = (async () => {
        for (;;) {
          await clock.sleep(options.resyncInterval, signal);
          if (signal.aborted) return;
          resync();
        }
      })();
      await Promise.all([queue.run(signal), resyncs]);
    },
  };
}
