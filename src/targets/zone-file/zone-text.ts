import type { RecordSet } from '../../dns/record-set.js';
import { staticName, type StaticRecord } from './static-records.js';

/** What stands at the top of a zone file. Names are without a final dot. */
export interface ZoneHead {
  readonly zone: string;
  readonly ns: readonly string[];
  /** A mail address or the name of a mailbox. */
  readonly hostmaster: string;
  readonly ttl: number;
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
  readonly negativeTtl: number;
  readonly records: readonly StaticRecord[];
}

/** The SOA and NS records and the static records (RFC 1035 section 5). The files kind replaces the serial. */
export function describeHead(head: ZoneHead): string {
  const { zone, ns, hostmaster, ttl, refresh, retry, expire, negativeTtl, records } = head;
  return [
    '; rollcall writes this file and replaces every other change.',
    `$ORIGIN ${zone}.`,
    `$TTL ${ttl}`,
    `@ IN SOA ${ns[0] ?? zone}. ${mailboxName(hostmaster)}. (`,
    '    1 ; serial',
    `    ${refresh} ; refresh`,
    `    ${retry} ; retry`,
    `    ${expire} ; expire`,
    `    ${negativeTtl} ) ; for how long an absence is cached`,
    ...ns.map((server) => `@ IN NS ${server}.`),
    ...records.map(
      ({ name, type, data, ttl: own }) =>
        `${staticName(name, zone)}. ${own === undefined ? '' : `${own} `}IN ${type} ${data}`,
    ),
    '',
  ].join('\n');
}

/** The records of one service, below a comment. '' when it has none. */
export function describeSets(title: string, sets: readonly RecordSet[]): string {
  const lines = sets.flatMap(({ name, ttl, type, data }) => data.map((text) => `${name}. ${ttl} IN ${type} ${text}\n`));
  return lines.length === 0 ? '' : `\n; ${title}\n${lines.join('')}`;
}

/** RFC 1035 section 8: the part before the `@` is one label, so its dots are escaped. */
function mailboxName(mail: string): string {
  const at = mail.lastIndexOf('@');
  const plain = mail.replace(/\.$/, '');
  if (at < 0) return plain;
  // Every character of the local part that a master file could read in another way, too.
  const local = mail.slice(0, at).replace(/[^A-Za-z0-9_-]/g, (sign) => `\\${sign}`);
  return `${local}.${plain.slice(at + 1)}`;
}
