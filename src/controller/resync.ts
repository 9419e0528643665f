import type { Clock } from '../ports/runtime.js';

/** Looks again at the outputs of all targets, in turn. */
export interface Resync {
  /** Looks at the next target that is due. Call it when no pass runs. */
  proceed(): void;
  /** Whether a target is due. */
  readonly isDue: boolean;
  /** Resolves when `signal` has aborted. */
  run(signal: AbortSignal): Promise<void>;
}

export interface ResyncOptions {
  readonly clock: Clock;
  /** Milliseconds between the beginnings of two rounds. */
  readonly interval: number;
  /** The names of all targets. */
  readonly names: () => Iterable<string>;
  /** Enqueues a look at the target of this name, if there still is one. */
  readonly observe: (name: string) => void;
}

/**
 * Begins a round after each interval. The looks follow one another as `proceed` is called, so that changes go first. A pass that takes long
 * does not stop the round: the looks then begin at even times, the last one after half of the interval.
 */
export function createResync({ clock, interval, names, observe }: ResyncOptions): Resync {
  let due: string[] = [];

  function proceed(): void {
    const name = due.shift();
    if (name !== undefined) observe(name);
  }

  return {
    proceed,
    get isDue() {
      return due.length > 0;
    },
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
