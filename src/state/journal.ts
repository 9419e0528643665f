import { z } from 'zod';
import type { OwnText } from '../filesystem/own-file.js';
import { messageOf } from '../model/errors.js';
import type { Journal, JournalReader, Log, TargetRecord } from '../ports.js';
import { createStateFile } from './state-file.js';
import type { StateDirectory } from './state-directory.js';
import { fileName, journalsIn } from './places.js';
import { readStateFile } from './read-only.js';
import { openEnvelope, type EnvelopeKind } from './checksum.js';
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
const unknown: TargetRecord = {
  step: 'none',
  digest: '',
  revision: '',
  undo: null,
  owned: [],
  failed: null,
  reloadPending: true,
  reloadedAt: null,
};

const seal: EnvelopeKind = { kind: 'journal', version: 2 };

function revive(body: unknown): TargetRecord {
  const parsed = record.parse(body);
  return { ...parsed, undo: parsed.undo ?? null };
}

/**
 * The journal of one target, in one file: step, ownership, failed digest and pending reload move together or not at all.
 * Advances are written one after the other, in the order of the calls.
 */
export function createJournal(folder: StateDirectory, name: string, log: Log): Journal {
  const drawer = createStateFile<TargetRecord>({
    ...seal,
    folder,
    name,
    log,
    revive,
    loss: 'the target starts anew: it owns no output yet, and has one pending reload',
  });
  let current = drawer.load() ?? unknown;
  const inTurn = createSerialQueue();
  return {
    get record() {
      return current;
    },
    advance(patch) {
      return inTurn(async () => {
        const next = { ...current, ...patch };
        await drawer.save(next);
        current = next;
      });
    },
  };
}

/** A target's journal, read beside the process that writes it. */
export interface ReadOnlyJournal extends JournalReader {
  /** Why it could not be read, if so: then nothing is known, and `record` is the empty one. */
  readonly unreadable?: string;
}

/**
 * A target's journal as a start would take it now, empty when it is not to be believed. Everything is left as it is: no lock
 * is taken, and nothing is set aside. Never throws.
 *
 * @param dir the stateDir
 */
export async function readJournal(dir: string, target: string): Promise<ReadOnlyJournal> {
  let found: OwnText | undefined;
  try {
    found = await readStateFile(journalsIn(dir), fileName(target));
  } catch (error) {
    return { record: unknown, unreadable: messageOf(error) };
  }
  if (found === undefined) return { record: unknown };
  if ('problem' in found) return { record: unknown, unreadable: found.problem };
  const unsealed = openEnvelope(seal, found.text);
  if ('problem' in unsealed) return { record: unknown };
  try {
    return { record: revive(unsealed.body) };
  } catch {
    return { record: unknown };
  }
}
