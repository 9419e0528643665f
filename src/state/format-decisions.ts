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

/** The formats that `auto` decided on: a source keeps its format over restarts, whatever is written first then. */
export interface FormatDecisions {
  /** Name of the format, or undefined when nothing was decided for this source and prefix. */
  get(source: string, prefix: string): string | undefined;
  /** Durable when it resolves. */
  set(source: string, prefix: string, format: string): Promise<void>;
}

/**
 * What a running rollcall decided, for a command that only looks: no lock is taken and nothing is set aside. Where there is
 * no such file, or none that can be read and trusted, nothing was decided.
 *
 * @param dir the stateDir
 */
export async function readFormatDecisions(dir: string): Promise<Pick<FormatDecisions, 'get'>> {
  const rows = await readRows(dir);
  return { get: (source, prefix) => find(rows, source, prefix) };
}

async function readRows(dir: string): Promise<Rows> {
  // A command that only looks reads nothing from a stateDir that is missing or not to be trusted.
  const found = await readStateFile(dir, name).catch(() => undefined);
  if (found === undefined || 'problem' in found) return [];
  const opened = openEnvelope(envelope, found.text);
  return 'body' in opened ? (decisions.safeParse(opened.body).data ?? []) : [];
}

function find(rows: Rows, source: string, prefix: string): string | undefined {
  return rows.find((row) => row[0] === source && row[1] === prefix)?.[2];
}

export function createFormatDecisions(folder: StateDirectory, log: Log): FormatDecisions {
  const file = createStateFile<Rows>({
    ...envelope,
    directory: folder,
    name,
    log,
    revive: (body) => decisions.parse(body),
    loss: 'the formats of `auto` sources are decided anew',
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
