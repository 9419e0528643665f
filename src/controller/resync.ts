import type { Clock } from '../ports/runtime.js';

/** Looks again at the outputs of all targets, in turn. */
export interface Resync {
  /** Goes on with the round, if no pass runs after a pause. Call it at the end of each pass. */
  goOn(): void;
  /** Resolves when `signal` has aborted. */
  run(signal: AbortSignal): Promise<void>;
}

export interface ResyncOptions {
  readonly clock: Clock;
  /** Milliseconds between the beginnings of two rounds. */
  readonly interval: number;
  /** The names of all targets. */
  readonly names: () => Iterable<string>;
  /**
   * Looks at the target of this name, if there still is one.
   *
   * @returns false when it has enqueued a pass, true when nothing is left to do
   */
  readonly look: (name: string) => boolean;
  /** Whether no pass runs. */
  readonly isIdle: () => boolean;
  /** Awaited between two looks. Changes that arrive during it begin their own passes. */
  readonly pause: () => Promise<void>;
}

/** Milliseconds for which looks follow one another without a pause. */
const withoutPause = 5;

/**
 * Begins a round after each interval. The looks follow one another while no pass runs, so that changes go first. A pass that takes long
 * does not stop the round: the looks then begin at even times, the last one after half of the interval.
 */
export function createResync({ clock, interval, names, look, isIdle, pause }: ResyncOptions): Resync {
  let due: string[] = [];
  let isPausing = false;

  function proceed(): void {
    const from = clock.now();
    do {
      const name = due.shift();
      // The end of the pass goes on with the round.
      if (name === undefined || !look(name)) return;
    } while (clock.now() - from < withoutPause);
    goOn();
  }

  function goOn(): void {
    if (due.length === 0 || isPausing || !isIdle()) return;
    isPausing = true;
    void pause().then(() => {
      isPausing = false;
      if (isIdle()) proceed();
    });
  }

  return {
    goOn,
    async run(signal) {
      const sleep = async (ms: number): Promise<boolean> => {
        await clock.sleep(ms, signal);
        return !signal.aborted;
      };
      let taken = 0;
      while (await sleep(interval - taken)) {
        due = [...names()];
        taken = 0;
        const share = interval / 2 / due.length;
        // The round begins with the first target, without a pause.
        proceed();
        while (due.length > 0 && (await sleep(share))) {
          taken += share;
          proceed();
        }
      }
      due = [];
    },
  };
}
