import type { GuardMemory } from '../controller/target-guard.js';
import { createGuard } from '../guard/guard.js';
import type { GuardState } from '../guard/state.js';
import type { Clock } from '../ports.js';
import type { Store } from '../state/store.js';

/** The guards of all targets. They live as long as the process, over edits of the config. */
export interface Guards {
  /** The same object for the same target. Reads its holds from disk at the first call. */
  of(target: string): GuardMemory;
}

/**
 * @param isSecret whether nothing of this source may be on disk, as the config is now
 */
export function createGuards(store: Pick<Store, 'guard'>, clock: Clock, isSecret: (source: string) => boolean): Guards {
  const known = new Map<string, GuardMemory>();
  const moment = () => ({ now: clock.now(), wall: clock.wall() });

  function open(target: string): GuardMemory {
    const file = store.guard(target);
    const guard = createGuard(file.load(), moment());
    return {
      judge: (question) => guard.judge(question),
      release: (service) => guard.release(service),
      async save() {
        const state = guard.save(moment(), isSecret);
        await (holdsNothing(state) ? file.remove() : file.save(state));
      },
    };
  }

  return {
    of(target) {
      const memory = known.get(target) ?? open(target);
      known.set(target, memory);
      return memory;
    },
  };
}

/** The file is there for holds. Departures that were not held are forgotten at a restart. */
function holdsNothing({ services, sources }: GuardState): boolean {
  return [...services, ...sources].every(({ group }) => group.holds.length === 0);
}
