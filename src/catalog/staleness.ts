import { RollcallError } from '../model/errors.js';
import type { Clock, SourceState } from '../ports.js';

/** What is known of a source may be old: etcd does not answer. */
export interface Staleness {
  /** Wall clock, milliseconds since the epoch. */
  readonly since: number;
  /** What etcd said last that was news. */
  readonly error: Error;
}

/** Whether a source is away, by the states that it reports. */
export interface StalenessWatch {
  readonly away: Staleness | undefined;
  /** What a state changes. `away` again when it is for another cause: the words alone do not count, every endpoint has its own. */
  take(state: SourceState): 'away' | 'back' | undefined;
}

export function createStalenessWatch(clock: Pick<Clock, 'wall'>): StalenessWatch {
  let away: Staleness | undefined;
  return {
    get away() {
      return away;
    },
    take(state) {
      if (state.kind === 'live' && away !== undefined) {
        away = undefined;
        return 'back';
      }
      if (state.kind !== 'waiting' || (away !== undefined && causeOf(away.error) === causeOf(state.error)))
        return undefined;
      away = { since: away?.since ?? clock.wall(), error: state.error };
      return 'away';
    },
  };
}

/** What sets one outage apart from another. */
export function causeOf(error: Error): string {
  return error instanceof RollcallError ? error.code : error.message;
}
