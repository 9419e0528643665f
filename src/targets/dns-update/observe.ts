import { openConnection, type Connection, type ServerOptions } from '../../dns/client/connection.js';
import { queryRecords, transferZone } from '../../dns/client/questions.js';
import type { RecordType } from '../../dns/record-set.js';
import type { Clock } from '../../ports/runtime.js';
import { readMark } from './mark.js';
import { markNameOf } from './mark-name.js';
import { emptyName, groupByName, type NameState } from './zone-state.js';

/** A way to the server. */
export interface ServerAccess {
  readonly options: ServerOptions;
  readonly clock: Clock;
}

/** Opens a connection for some work, and closes it. */
export async function withConnection<T>(
  { options, clock }: ServerAccess,
  signal: AbortSignal,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await openConnection(options, clock, signal);
  try {
    return await work(connection);
  } finally {
    connection.close();
  }
}

/** A name to ask for. */
export interface NameQuestion {
  readonly zone: string;
  readonly name: string;
  /** The types that matter, beside those that the mark has. */
  readonly types: readonly RecordType[];
}

/** What the server has at these names, name by name. */
export async function queryNames(
  connection: Connection,
  questions: readonly NameQuestion[],
  signal: AbortSignal,
): Promise<Map<string, NameState>> {
  const states = new Map<string, NameState>();
  for (const { zone, name, types } of questions) {
    const marks = await queryRecords(connection, markNameOf(name), 'TXT', signal);
    const marked = marks.flatMap(({ data }) => (data === undefined ? [] : (readMark(data)?.types ?? [])));
    const asked = new Set<RecordType | 'ANY'>([...types, ...marked, 'CNAME']);
    // An alias can stand only where nothing else does.
    if (types.includes('CNAME')) asked.add('ANY');
    const records = [...marks];
    for (const type of asked) records.push(...(await queryRecords(connection, name, type, signal)));
    states.set(name, groupByName(records, zone).get(name) ?? emptyName(zone));
  }
  return states;
}

/** All names of a zone. */
export async function readZone(
  connection: Connection,
  zone: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, NameState>> {
  return groupByName(await transferZone(connection, zone, signal), zone);
}
