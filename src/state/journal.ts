import { z } from 'zod';
import type { OwnFileText } from '../filesystem/own-file.js';
import { messageOf } from '../model/errors.js';
import type { Journal, JournalReader, Log, TargetRecord } from '../ports.js';
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

function revive(body: unknown): TargetRecord {
  const parsed = record.parse(body);
  return { ...parsed, undo: parsed.undo ?? null };
}

/**
 * The journal of one target, in one file: step, ownership, failed digest and pending reload change together or not at all.
 * Calls of `advance` are written one after the other, in their order.
 */
export function createJournal(directory: StateDirectory, name: string, log: Log): Journal {
  const file = createStateFile<TargetRecord>({
    ...envelope,
    directory,
    name,
    log,
    revive,
    loss: 'the target starts again: it owns no output yet, and one reload is pending',
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
