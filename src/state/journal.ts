import { z } from 'zod';
import type { OwnFileText } from '../filesystem/own-file.js';
import { messageOf } from '../model/errors.js';
import type { Journal, Log, TargetRecord } from '../ports.js';
import { createStateFile } from './state-file.js';
import type { StateDirectory } from './state-directory.js';
import { targetFileName, journalDirectory } from './state-paths.js';
import { readStateFile } from './read-only.js';
import { openEnvelope, type EnvelopeKind } from './envelope.js';
import { createSerialQueue } from './serial-queue.js';

const record = z.strictObject({
  step: z.enum(['none', 'staged', 'swapped', 'checked', 'failed', 'reloaded']),
  digest: z.string(),
  revision: z.string(),
  undo: z.unknown(),
  owned: z.array(z.string()),
  failed: z.strictObject({ digest: z.string(), reason: z.string() }).nullable(),
  reloadPending: z.boolean(),
  reloadedAt: z.number().nullable(),
});

/** Nothing is known, so the consumer may lag behind the outputs: one reload is pending. */
const emptyRecord: TargetRecord = {
  step: 'none',
  digest: '',
  revision: '',
  undo: null,
  owned: [],
  failed: null,
  reloadPending: true,
  reloadedAt: null,
};

const envelope: EnvelopeKind = { kind: 'journal', version: 2 };

function revive(body: unknown): TargetRecord {
  const parsed = record.parse(body);
  return { ...parsed, undo: parsed.undo ?? null };
}

/**
 * The journal of one target, in one file: step, ownership, failed digest and pending reload move together or not at all.
 * Advances are written one after the other, in the order of the calls.
 */
export function createJournal(folder: StateDirectory, name: string, log: Log): Journal {
  const file = createStateFile<TargetRecord>({
    ...envelope,
    directory: folder,
    name,
    log,
    revive,
    loss: 'the target starts anew: it owns no output yet, and has one pending reload',
  });
  let current = file.load() ?? emptyRecord;
  const enqueue = createSerialQueue();
  return {
    get record() {
      return current;
    },
    advance(patch) {
      return enqueue(async () => {
        const next = { ...current, ...patch };
        await file.save(next);
        current = next;
      });
    },
  };
}

/** A journal as somebody beside the running process reads it. */
export interface ReadOnlyJournal extends Journal {
  /** Why it could not be looked at, if so: then nothing is known, and `record` is the empty one. */
  readonly unreadable?: string;
}

/**
 * A target's journal as a start would take it now, empty when it is not to be believed. Everything is left as it is: no lock
 * is taken, nothing is set aside, and it cannot be advanced. Never throws.
 *
 * @param dir the stateDir
 */
export async function readJournal(dir: string, target: string): Promise<ReadOnlyJournal> {
  const advance = (): never => {
    throw new TypeError(`the journal of ${target} is only looked at`);
  };
  return { ...(await readRecord(dir, target)), advance };
}

async function readRecord(dir: string, target: string): Promise<Omit<ReadOnlyJournal, 'advance'>> {
  let found: OwnFileText | undefined;
  try {
    found = await readStateFile(journalDirectory(dir), targetFileName(target));
  } catch (error) {
    return { record: emptyRecord, unreadable: messageOf(error) };
  }
  if (found === undefined) return { record: emptyRecord };
  if ('problem' in found) return { record: emptyRecord, unreadable: found.problem };
  const opened = openEnvelope(envelope, found.text);
  if ('problem' in opened) return { record: emptyRecord };
  try {
    return { record: revive(opened.body) };
  } catch {
    return { record: emptyRecord };
  }
}
