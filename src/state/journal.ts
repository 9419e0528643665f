import { z } from 'zod';
import type { OwnFileText } from '../filesystem/own-file.js';
import { messageOf } from '../model/errors.js';
import type { Journal, JournalReader, TargetRecord } from '../ports/journal.js';
import type { Log } from '../ports/runtime.js';
import { baseBody, baseEnvelope, baseFileName, restoreOwned, storedOwned, storeOwned } from './owned-base.js';
import type { OwnedBase, StoredOwned } from './owned-base.js';
import { createStateFile, type StateFile } from './state-file.js';
import type { StateDirectory } from './state-directory.js';
import { targetFileName, journalDirectory } from './state-paths.js';
import { openAs } from './open-as.js';
import { readStateFile } from './read-only.js';
import type { EnvelopeKind } from './envelope.js';
import { createSerialQueue } from './serial-queue.js';

const record = z.strictObject({
  step: z.enum(['none', 'staged', 'swapped', 'checked', 'failed', 'reloaded']),
  digest: z.string(),
  revision: z.string(),
  undo: z.unknown(),
  owned: storedOwned,
  content: z
    .strictObject({
      selection: z.strictObject({ sources: z.string(), select: z.string() }),
      emptySince: z.number().nullable(),
    })
    .nullable()
    // Journals of earlier versions do not have it.
    .default(null),
  failed: z.strictObject({ digest: z.string(), reason: z.string() }).nullable(),
  reloadPending: z.boolean(),
  reloadedAt: z.number().nullable(),
});

/** The record without a journal. One reload is pending, because the consumer may not have loaded the outputs. */
const emptyRecord: TargetRecord = {
  step: 'none',
  digest: '',
  revision: '',
  undo: null,
  owned: [],
  content: null,
  failed: null,
  reloadPending: true,
  reloadedAt: null,
};

const envelope: EnvelopeKind = { kind: 'journal', version: 2 };

/** A record whose owned outputs may be in another file. */
type DiskRecord = Omit<TargetRecord, 'owned'> & { readonly owned: StoredOwned };

function revive(body: unknown): DiskRecord {
  const parsed = record.parse(body);
  return { ...parsed, undo: parsed.undo ?? null };
}

/**
 * The journal of one target: step, ownership, failed digest and pending reload change together or not at all. They are in one file; a long
 * list of owned outputs is in another one, which is written before the journal refers to it. Calls of `advance` are written one after the other, in their order.
 */
export function createJournal(directory: StateDirectory, name: string, log: Log): Journal {
  const loss = 'the target starts again: it owns no output yet, and one reload is pending';
  const baseFile = (slot: 0 | 1): StateFile<readonly string[]> =>
    createStateFile({
      ...{ ...baseEnvelope, directory, name: baseFileName(name, slot), log, loss },
      revive: (body) => baseBody.parse(body),
    });
  let base: OwnedBase | undefined;
  const file = createStateFile<TargetRecord, DiskRecord>({
    ...{ ...envelope, directory, name, log, loss },
    revive(body) {
      const { owned: stored, ...rest } = revive(body);
      if (Array.isArray(stored)) return { ...rest, owned: restoreOwned(stored, undefined) };
      const entries = baseFile(stored.slot).load();
      const owned = restoreOwned(stored, entries);
      if (entries) base = { slot: stored.slot, sha256: stored.sha256, entries };
      return { ...rest, owned };
    },
  });
  let current = file.load() ?? emptyRecord;
  const enqueue = createSerialQueue();

  async function save(next: TargetRecord): Promise<void> {
    const { stored, write } = storeOwned(next.owned, base);
    if (write) await baseFile(write.slot).save(write.entries);
    await file.save({ ...next, owned: stored });
    // Only now: if the journal was not written, the one on disk refers to the old base, and the next attempt must not replace that.
    if (write) base = write;
  }

  return {
    get record() {
      return current;
    },
    advance(patch) {
      return enqueue(async () => {
        const next = { ...current, ...patch };
        await save(next);
        current = next;
      });
    },
  };
}

/** The journal of a target, as a read-only command reads it beside the running process. */
export interface ReadOnlyJournal extends JournalReader {
  /** Why the journal could not be read. Then `record` is the empty record. */
  readonly unreadable?: string;
}

/**
 * A target's journal as a start would read it now; empty when it cannot be trusted. It takes no lock and sets no file aside. Never
 * throws.
 *
 * @param dir the stateDir
 */
export async function readJournal(dir: string, target: string): Promise<ReadOnlyJournal> {
  // The running process may replace the list of outputs between two reads.
  for (let attempt = 1; ; attempt++) {
    const read = await readOnce(dir, target);
    if (read !== 'again') return read;
    if (attempt === attempts) return { record: emptyRecord, unreadable: 'the list of its outputs is missing' };
  }
}

const attempts = 3;

async function readOnce(dir: string, target: string): Promise<ReadOnlyJournal | 'again'> {
  const name = targetFileName(target);
  const read = (file: string): Promise<OwnFileText | undefined> => readStateFile(journalDirectory(dir), file);
  try {
    const found = await read(name);
    if (found === undefined) return { record: emptyRecord };
    if ('problem' in found) return { record: emptyRecord, unreadable: found.problem };
    const disk = openAs(envelope, found, revive);
    if (!disk) return { record: emptyRecord };
    const { owned: stored, ...rest } = disk;
    if (Array.isArray(stored)) return { record: { ...rest, owned: restoreOwned(stored, undefined) } };
    const base = await read(baseFileName(name, stored.slot));
    const entries = base && openAs(baseEnvelope, base, (body) => baseBody.parse(body));
    try {
      return { record: { ...rest, owned: restoreOwned(stored, entries) } };
    } catch {
      return 'again';
    }
  } catch (error) {
    return { record: emptyRecord, unreadable: messageOf(error) };
  }
}
