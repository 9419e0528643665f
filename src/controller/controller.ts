import { backoffDelay } from '../model/backoff.js';
import { fieldsOf, RollcallError } from '../model/errors.js';
import type { Snapshot } from '../model/snapshot.js';
import type { Clock, Log, Random } from '../ports.js';
import type { Outcome, ManagedTarget } from './managed-target.js';
import { createQueue, type Again } from './queue.js';
import { initialState, type TargetState } from './memory.js';
import { reconcile } from './reconcile.js';
import { report } from './report.js';
import { readWhatArrived } from './drain-io.js';

export interface Controller {
  /**
   * The latest snapshot. Enqueues the targets that are made from `source`, or all without it, and remembers since when
   * they have been waiting (clock time `at`).
   */
  update(snapshot: Snapshot, at: number, source?: string): void;
  /** Looks at every target's outputs anew, though nothing has changed in etcd. */
  resync(): void;
  /** How the last pass over each target ended. */
  readonly outcomes: ReadonlyMap<string, Outcome>;
  /** Resolves when `signal` has aborted and every running pass has finished its step. */
  run(signal: AbortSignal): Promise<void>;
}

export interface ControllerOptions {
  readonly targets: readonly ManagedTarget[];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Milliseconds between looks at outputs that should not have changed. */
  readonly resyncInterval: number;
  /**
   * What a target rests for between two passes. Default: until what arrived during the first is read. A pass may wait for nothing at
   * all; without a rest, a storm would be a pass for each message.
   */
  readonly pause?: () => Promise<void>;
  /** Told of every outcome, after it was logged. */
  readonly onOutcome?: (target: string, outcome: Outcome) => void;
}

/** How long a failed pass waits before it is tried again by itself. */
const retry = { base: 500, cap: 60_000 };

interface TargetEntry {
  readonly managed: ManagedTarget;
  readonly memory: TargetState;
  readonly log: Log;
  /** Clock time of the oldest event that no pass has taken up yet. */
  since: number | undefined;
  look: boolean;
}

/**
 * The level-triggered loop: keeps every target in step with the latest snapshot, each on its own. A target that fails
 * is retried with a growing delay and hurts no other; news that change what it is made from try it at once.
 */
export function createController(options: ControllerOptions): Controller {
  const { clock, random, onOutcome } = options;
  const seats = new Map<string, TargetEntry>();
  for (const part of options.targets) {
    const log = options.log.child({ target: part.name });
    seats.set(part.name, {
      managed: part,
      memory: initialState(part.journal.record, clock),
      log,
      since: undefined,
      look: true,
    });
  }
  const outcomes = new Map<string, Outcome>();
  let latest: Snapshot = { sources: [], stale: false };
  const broken = (name: string, error: unknown): Again => {
    seats.get(name)?.log.error(fieldsOf(error), 'a pass broke off: this is a fault of rollcall itself');
    return retry.cap;
  };
  const queue = createQueue(clock, pass, broken, options.pause ?? readWhatArrived);

  async function pass(name: string, stop: AbortSignal): Promise<Again> {
    const seat = seats.get(name);
    if (!seat) return undefined;
    const { since, look, managed: part } = seat;
    seat.since = undefined;
    seat.look = false;
    const outcome = await reconcile(part, seat.memory, { snapshot: latest, clock, delay, look, stop });
    // A pass that left the work undone leaves the stopwatch running, so that the next one reports the whole wait.
    if (outcome.result === 'failed' || outcome.result === 'throttled' || outcome.result === 'waiting')
      seat.since = since ?? seat.since;
    report(seat.log, outcome, outcomes.get(name), since);
    outcomes.set(name, outcome);
    onOutcome?.(name, outcome);
    return outcome.againInMs;
  }

  /** What nobody but a person can mend is tried again too, only as rarely as allowed: people mend things. */
  function delay(attempt: number, error: Error): number {
    const isHopeless = error instanceof RollcallError && !error.retry;
    return isHopeless ? retry.cap : backoffDelay(attempt, retry, random());
  }

  function resync(): void {
    for (const [name, seat] of seats) {
      seat.look = true;
      queue.add(name);
    }
  }

  return {
    outcomes,
    resync,
    update(snapshot, at, source) {
      latest = snapshot;
      for (const [name, seat] of seats) {
        if (source !== undefined && !seat.managed.sources.includes(source)) continue;
        seat.since ??= at;
        queue.add(name);
      }
    },
    async run(signal) {
      const looks = (async () => {
        for (;;) {
          await clock.sleep(options.resyncInterval, signal);
          if (signal.aborted) return;
          resync();
        }
      })();
      await Promise.all([queue.run(signal), looks]);
    },
  };
}
