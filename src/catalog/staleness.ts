import { RollcallError } from '../model/errors.js';
import type { Clock } from '../ports/runtime.js';
import type { SourceState } from '../ports/source.js';

/** The snapshot of a source may be old, because etcd does not answer. */
export interface Staleness {
  /** Wall clock, milliseconds since the epoch. */
  readonly since: number;
  /** The first error of the latest cause (`outageCause`). */
  readonly error: Error;
}

/** Tells from the states of a source whether its snapshot is stale. */
export interface StalenessWatch {
  readonly stale: Staleness | undefined;
  /**
   * Takes the next state. `stale`: the source has become stale, or is stale now for another cause. `live`: it is no longer stale.
   * Undefined: no change.
   */
  update(state: SourceState): 'stale' | 'live' | undefined;
}

export function createStalenessWatch(clock: Pick<Clock, 'wall'>): StalenessWatch {
  let stale: Staleness | undefined;
  return {
    get stale() {
      return stale;
    },
    update(state) {
      if (state.kind === 'live' && stale !== undefined) {
        stale = undefined;
        return 'live';
      }
      if (state.kind !== 'waiting' || (stale !== undefined && outageCause(stale.error) === outageCause(state.error)))
        return undefined;
      stale = { since: stale?.since ?? clock.wall(), error: state.error };
      return 'stale';
    },
  };
}

/** Equal for errors of the same outage. The code counts, because each endpoint words the same outage differently. */
export function outageCause(error: Error): string {
  return error instanceof RollcallError ? error.code : error.message;
}
