import { RollcallError } from '../../model/errors.js';
import type { RecordType } from '../record-set.js';
import { classes, nameOfRcode, opcodes, typeNumbers } from '../wire/constants.js';
import { encodeRequest, type WireRecord } from '../wire/message.js';
import { encodeData } from '../wire/record-data.js';
import type { Connection } from './connection.js';

/** What must be so that an update is done. */
export type Prerequisite =
  /** The name has a record of this type (`exact`: exactly these data), or has none. */
  | { readonly name: string; readonly type: RecordType; readonly has: readonly string[] | 'none' }
  /** The name has no record of any type. */
  | { readonly name: string; readonly unused: true };

/** One step of an update. The server does them in their order. */
export type UpdateStep =
  | { readonly add: string; readonly name: string; readonly type: RecordType; readonly ttl: number }
  | { readonly remove: string; readonly name: string; readonly type: RecordType }
  /** All records of the name and type. */
  | { readonly removeAll: true; readonly name: string; readonly type: RecordType };

export interface Update {
  readonly zone: string;
  readonly prerequisites: readonly Prerequisite[];
  readonly steps: readonly UpdateStep[];
}

/** The request of an update (RFC 2136 section 2). */
export function encodeUpdate({ zone, prerequisites, steps }: Update): Buffer {
  return encodeRequest(0, opcodes.UPDATE, { name: zone, type: typeNumbers.SOA, class: classes.IN }, [
    prerequisites.flatMap(prerequisiteRecords),
    steps.map(stepRecord),
  ]);
}

/**
 * Sends an update. The server does all of it or nothing.
 *
 * @throws RollcallError as `Connection.ask`; `OUTPUT_RACED` when a prerequisite is not met; `DNS_REFUSED` for any other refusal. After
 * both, the server has changed nothing.
 */
export async function sendUpdate(connection: Connection, update: Update, signal: AbortSignal): Promise<void> {
  const [response] = await connection.ask(encodeUpdate(update), signal);
  const rcode = response?.message.rcode ?? 0;
  const name = nameOfRcode(rcode);
  const { zone, steps } = update;
  // RFC 2136 section 3.2: what does not fit to the prerequisites.
  if ([3, 6, 7, 8].includes(rcode))
    throw new RollcallError(
      'OUTPUT_RACED',
      `${steps[0]?.name ?? zone} was changed by another writer meanwhile (${name})`,
    );
  if (rcode !== 0) throw new RollcallError('DNS_REFUSED', `the server does not update the zone ${zone}: ${name}`);
}

function prerequisiteRecords(prerequisite: Prerequisite): WireRecord[] {
  const { name } = prerequisite;
  const none = { ttl: 0, data: Buffer.alloc(0), class: classes.NONE };
  if ('unused' in prerequisite) return [{ name, type: typeNumbers.ANY, ...none }];
  const { type, has } = prerequisite;
  if (has === 'none') return [{ name, type: typeNumbers[type], ...none }];
  return has.map((text) => ({
    name,
    type: typeNumbers[type],
    class: classes.IN,
    ttl: 0,
    data: encodeData(type, text),
  }));
}

/** RFC 2136 section 2.5. */
function stepRecord(step: UpdateStep): WireRecord {
  const { name, type } = step;
  const head = { name, type: typeNumbers[type] };
  if ('add' in step) return { ...head, class: classes.IN, ttl: step.ttl, data: encodeData(type, step.add) };
  if ('remove' in step) return { ...head, class: classes.NONE, ttl: 0, data: encodeData(type, step.remove) };
  return { ...head, class: classes.ANY, ttl: 0, data: Buffer.alloc(0) };
}
