import { join } from 'node:path';
import type { Check } from '../../../src/ports/check.js';
import type { Journal } from '../../../src/ports/journal.js';
import type { Target } from '../../../src/ports/target.js';
import { openStore } from '../../../src/state/store.js';
import { zoneFileSchema } from '../../../src/targets/zone-file/schema.js';
import { createZoneFileTarget } from '../../../src/targets/zone-file/target.js';
import { realClock } from '../../support/clock.js';
import { memoryLog, type MemoryLog } from '../../support/log.js';
import { memoryDir } from '../../support/temp.js';

const zone = 'svc.example.com';
export const now = 1_790_000_000;

export interface ZoneWorld {
  readonly dir: string;
  readonly path: string;
  readonly log: MemoryLog;
  readonly journal: () => Journal;
  /** A target of a new process. */
  readonly target: (block?: object, options?: { readonly check?: Check; readonly secret?: boolean }) => Target;
  /** Sets the clock, in seconds since the epoch. */
  readonly at: (seconds: number) => void;
  /** The state directory is lost. */
  readonly loseState: () => Promise<void>;
}

export async function openZoneWorld(): Promise<ZoneWorld> {
  const dir = await memoryDir();
  const path = join(dir, 'zone');
  const log = memoryLog();
  let state = 0;
  let wall = now;
  let store = await openStore(join(dir, 'state0'), { log });
  let journal = await store.journal('t');
  return {
    dir,
    path,
    log,
    journal: () => journal,
    target: (block = {}, options = {}) =>
      createZoneFileTarget(
        zoneFileSchema.parse({ path, zone, ns: ['ns1.example.com'], server: '127.0.0.1:1', ...block }),
        {
          target: 't',
          journal,
          scratch: store.scratch('t'),
          log,
          clock: { ...realClock, wall: () => wall * 1000 },
          ...options,
        },
      ),
    at(seconds) {
      wall = seconds;
    },
    async loseState() {
      await store.close();
      store = await openStore(join(dir, `state${++state}`), { log });
      journal = await store.journal('t');
    },
  };
}
