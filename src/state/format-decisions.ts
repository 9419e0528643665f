import { z } from 'zod';
import type { Log } from '../ports.js';
import { createStateFile } from './state-file.js';
import type { StateDirectory } from './state-directory.js';
import { readStateFile } from './read-only.js';
import { openEnvelope, type EnvelopeKind } from './envelope.js';
import { createSerialQueue } from './serial-queue.js';

const decisions = z.array(z.tuple([z.string(), z.string(), z.string()]));
type Rows = z.infer<typeof decisions>;

const name = 'decisions';
const envelope: EnvelopeKind = { kind: 'decisions', version: 1 };

/** The formats that `auto` decided on. A source keeps its format across restarts, whatever keys it finds first then. */
export interface FormatDecisions {
  /** Name of the format; undefined when there is no decision for this source and prefix. */
  get(source: string, prefix: string): string | undefined;
  /** Durable when it resolves. */
  set(source: string, prefix: string, format: string): Promise<void>;
}

/**
 * The decisions of a running rollcall, for a read-only command: it takes no lock and sets no file aside. Without a file that can
 * be read and trusted, there are no decisions.
 *
 * @param dir the stateDir
 */
export async function readFormatDecisions(dir: string): Promise<Pick<FormatDecisions, 'get'>> {
  const rows = await readRows(dir);
  return { get: (source, prefix) => find(rows, source, prefix) };
}

async function readRows(dir: string): Promise<Rows> {
  // A read-only command ignores a stateDir that does not exist or cannot be trusted.
  const found = await readStateFile(dir, name).catch(() => undefined);
  if (found === undefined || 'problem' in found) return [];
  const opened = openEnvelope(envelope, found.text);
  return 'body' in opened ? (decisions.safeParse(opened.body).data ?? []) : [];
}

function find(rows: Rows, source: string, prefix: string): string | undefined {
  return rows.find((row) => row[0] === source && row[1] === prefix)?.[2];
}

export function createFormatDecisions(directory: StateDirectory, log: Log): FormatDecisions {
  const file = createStateFile<Rows>({
    ...envelope,
    directory,
    name,
    log,
    revive: (body) => decisions.parse(body),
    loss: 'the formats of `auto` sources are decided again',
  });
  let rows = file.load() ?? [];
  const enqueue = createSerialQueue();
  return {
    get: (source, prefix) => find(rows, source, prefix),
    set(source, prefix, format) {
      rows = [...rows.filter((row) => row[0] !== source), [source, prefix, format]];
      return enqueue(() => file.save(rows));
    },
  };
}
