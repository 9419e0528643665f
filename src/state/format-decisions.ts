import { z } from 'zod';
import { messageOf, RollcallError } from '../model/errors.js';
import type { Log } from '../ports/runtime.js';
import { createStateFile } from './state-file.js';
import type { StateDirectory } from './state-directory.js';
import { readStateFile } from './read-only.js';
import { openEnvelope, type EnvelopeKind } from './envelope.js';
import { createSerialQueue } from './serial-queue.js';

const row = z.strictObject({
  source: z.string(),
  prefix: z.string(),
  format: z.string(),
  keys: z.int().nonnegative(),
  tops: z.array(z.string()),
});
const decisions = z.array(row);
type Rows = z.infer<typeof decisions>;

const name = 'decisions';
const envelope: EnvelopeKind = { kind: 'decisions', version: 2 };

/** One decision of `auto`. */
export interface FormatDecision {
  /** Name of the format. */
  readonly format: string;
  /** What has confirmed it: a bounded number of keys, and some tops of services. */
  readonly keys: number;
  readonly tops: readonly string[];
}

/** The formats that `auto` decided on. A source keeps its format across restarts, whatever keys it finds first then. */
export interface FormatDecisions {
  /** Undefined when there is no decision for this source and prefix. */
  get(source: string, prefix: string): FormatDecision | undefined;
  /** Durable when it resolves. */
  set(source: string, prefix: string, decision: FormatDecision): Promise<void>;
}

/**
 * The decisions of a running rollcall, for a read-only command: it takes no lock and sets no file aside. Without a file, or with one of
 * another version, there are no decisions: a start would decide, too.
 *
 * @param dir the stateDir
 * @throws RollcallError `STATE_UNREADABLE` when this user may not read the file, or may not trust it. Then the command does not know how
 * `run` reads the sources.
 */
export async function readFormatDecisions(dir: string): Promise<Pick<FormatDecisions, 'get'>> {
  const rows = await readRows(dir);
  return { get: (source, prefix) => find(rows, source, prefix) };
}

async function readRows(dir: string): Promise<Rows> {
  const found = await readStateFile(dir, name).catch((error: unknown) => {
    throw unreadable(dir, messageOf(error), error);
  });
  if (found === undefined) return [];
  if ('problem' in found) throw unreadable(dir, found.problem);
  const opened = openEnvelope(envelope, found.text);
  return 'body' in opened ? (decisions.safeParse(opened.body).data ?? []) : [];
}

function unreadable(dir: string, why: string, cause?: unknown): RollcallError {
  return new RollcallError(
    'STATE_UNREADABLE',
    `the decisions of \`format: auto\` in stateDir ${dir} cannot be read: ${why}`,
    {
      cause,
    },
  );
}

function find(rows: Rows, source: string, prefix: string): FormatDecision | undefined {
  const found = rows.find((each) => each.source === source && each.prefix === prefix);
  return found && { format: found.format, keys: found.keys, tops: found.tops };
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
    set(source, prefix, { format, keys, tops }) {
      rows = [...rows.filter((each) => each.source !== source), { source, prefix, format, keys, tops: [...tops] }];
      return enqueue(() => file.save(rows));
    },
  };
}
