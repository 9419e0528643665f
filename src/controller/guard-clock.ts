import type { Moment } from '../guard/moment.js';
import type { GuardState } from '../guard/state.js';
import type { Clock } from '../ports/runtime.js';

/** The time of a guard in this process, and of its state between two processes. */
export interface GuardClock {
  readonly moment: () => Required<Moment>;
  /** Monotonic times on disk count from the start of the machine, so that the next process can compare them. */
  readonly toDisk: (state: GuardState) => GuardState;
  readonly fromDisk: (state: GuardState) => GuardState;
}

export function createGuardClock(clock: Pick<Clock, 'now' | 'wall' | 'boot'>): GuardClock {
  const boot = clock.boot?.();
  const offset = boot ? boot.now - clock.now() : 0;
  const shift = ({ written, ...state }: GuardState, by: number): GuardState => ({
    ...state,
    written: { ...written, now: written.now + by },
  });
  return {
    moment: () => ({ now: clock.now(), wall: clock.wall(), era: boot?.id ?? '' }),
    toDisk: (state) => shift(state, offset),
    fromDisk: (state) => shift(state, -offset),
  };
}
