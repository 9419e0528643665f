import { z } from 'zod';
import type { Journal, Log, TargetRecord } from '../ports.js';
import { createDrawer } from './drawer.js';
import type { Folder } from './folder.js';

const record = z.strictObject({
  step: z.enum(['none', 'staged', 'swapped', 'checked', 'failed', 'reloaded']),
  digest: z.string(),
  revision: z.string(),
  undo: z.unknown(),
  owned: z.array(z.string()),
  failed: z.strictObject({ digest: z.string(), reason: z.string() }).nullable(),
  reloadOwed: z.boolean(),
});

/** Nothing is known, so the consumer may lag behind the outputs: one reload is owed. */
const unknown: TargetRecord = {
  step: 'none',
  digest: '',
  revision: '',
  undo: null,
  owned: [],
  failed: null,
  reloadOwed: true,
};

/**
 * The journal of one target, in one file: step, ownership, failed digest and owed reload move together or not at all.
 * Advances are written one after the other, in the order of the calls.
 */
export function createJournal(folder: Folder, name: string, log: Log): Journal {
  const drawer = createDrawer<TargetRecord>({
    kind: 'journal',
    version: 1,
    folder,
    name,
    log,
    revive: (body) => {
      const parsed = record.parse(body);
      return { ...parsed, undo: parsed.undo ?? null };
    },
    loss: 'the target starts anew: it owns no output yet, and owes one reload',
  });
  let current = drawer.load() ?? unknown;
  let tail = Promise.resolve();
  return {
    get record() {
      return current;
    },
    advance(patch) {
      const write = async (): Promise<void> => {
        const next = { ...current, ...patch };
        await drawer.save(next);
        current = next;
      };
      const done = tail.then(write);
      tail = done.catch(() => undefined);
      return done;
    },
  };
}
