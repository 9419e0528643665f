import { RollcallError } from '../../model/errors.js';
import type { RecordType } from '../record-set.js';
import { classes, nameOfRcode, opcodes, typeNumbers } from '../wire/constants.js';
import { encodeRequest, type FoundRecord } from '../wire/message.js';
import { decodeData, typeOf } from '../wire/record-data.js';
import type { Connection, Response } from './connection.js';

/** A record of a zone. `data` as in `RecordSet.data`; undefined for types that records of services never have. */
export interface ZoneRecord {
  readonly name: string;
  /** The number of its type. */
  readonly typeNumber: number;
  readonly type: RecordType | undefined;
  readonly ttl: number;
  readonly data: string | undefined;
}

/**
 * All records of a zone (AXFR, RFC 5936), as they are at one serial.
 *
 * @throws RollcallError as `Connection.ask`; `DNS_REFUSED` when the server does not transfer the zone
 */
export async function transferZone(connection: Connection, zone: string, signal: AbortSignal): Promise<ZoneRecord[]> {
  let ends = 0;
  const isLast = ({ message }: Response): boolean => {
    ends += message.sections[0].filter(({ type }) => type === typeNumbers.SOA).length;
    return message.rcode !== 0 || ends >= 2 || message.sections[0].length === 0;
  };
  const question = { name: zone, type: typeNumbers.AXFR, class: classes.IN };
  const responses = await connection.ask(encodeRequest(0, opcodes.QUERY, question), signal, isLast);
  const refused = responses.find(({ message }) => message.rcode !== 0 || message.sections[0].length === 0);
  if (refused)
    throw new RollcallError(
      'DNS_REFUSED',
      `the server does not transfer the zone ${zone}: ${nameOfRcode(refused.message.rcode)}`,
      {
        hint: 'Allow the transfer of the zone with the configured key (BIND: allow-transfer), or set `transfer: false`.',
      },
    );
  return responses.flatMap((response) => recordsOf(response, response.message.sections[0]));
}

/**
 * The records of one name and type; CNAME too, if the name is an alias. Empty: there are none.
 *
 * @throws RollcallError as `Connection.ask`; `DNS_REFUSED` when the server does not answer for the zone
 */
export async function queryRecords(
  connection: Connection,
  name: string,
  type: keyof typeof typeNumbers,
  signal: AbortSignal,
): Promise<ZoneRecord[]> {
  const question = { name, type: typeNumbers[type], class: classes.IN };
  const [response] = await connection.ask(encodeRequest(0, opcodes.QUERY, question), signal);
  const rcode = response?.message.rcode ?? 0;
  // NXDOMAIN: there is no such name.
  if (!response || (rcode !== 0 && rcode !== 3))
    throw new RollcallError('DNS_REFUSED', `the server does not answer for ${name}: ${nameOfRcode(rcode)}`);
  return recordsOf(response, response.message.sections[0]).filter((record) => record.name === name);
}

function recordsOf({ octets }: Response, records: readonly FoundRecord[]): ZoneRecord[] {
  return records.flatMap(({ name, type: typeNumber, class: itsClass, ttl, at, length }) => {
    if (itsClass !== classes.IN) return [];
    const type = typeOf(typeNumber);
    return [{ name, typeNumber, type, ttl, data: type && decodeData(type, octets, at, length) }];
  });
}
