import * as z from 'zod';
import { isWithin, problemOfHostName } from '../../dns/labels.js';
import { findTooLong } from '../../dns/names.js';
import { outputMode, outputPath, principal } from '../files/schema.js';
import {
  domainName,
  planFields,
  reverseZone,
  seconds,
  serverAddress,
  ttlFields,
  withoutDot,
} from '../record-plan-schema.js';
import { problemOfRecord, staticName } from './static-records.js';

/** RFC 1035 section 3.3.13: the name of a mailbox, whose first label stands before the `@`. */
const hostmaster = z.string().superRefine((text, context) => {
  const [local = '', domain] = text.includes('@') ? text.split(/@(?=[^@]*$)/) : ['x', text];
  if (
    !/^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,63}$/.test(local) ||
    problemOfHostName(withoutDot(domain ?? '')) !== undefined
  )
    context.addIssue('is no mail address: write "hostmaster@example.com"');
});

const record = z.strictObject({
  name: z.string().min(1).meta({
    description: 'Name: relative to the zone, `@` for the zone itself, or absolute with a dot at its end.',
  }),
  type: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9-]*$/, 'is no type of records: write "A", "MX", "TXT"')
    .transform((text) => text.toUpperCase())
    .meta({ description: 'Type, such as `A`, `MX` or `TXT`.' }),
  data: z
    .string()
    .max(4096)
    .meta({ description: 'Data as in a zone file, on one line, such as `10 mail.example.com.` for `MX`.' }),
  ttl: seconds
    .optional()
    .meta({ description: 'Seconds for which resolvers may cache it.', fallback: '`ttl` of the zone' }),
});

/** The `zoneFile` block: one zone of services, and the reverse zones of their addresses. */
export const zoneFileSchema = z
  .strictObject({
    path: outputPath.meta({ description: 'Path of the zone file.' }),
    zone: domainName.meta({ description: 'Name of the zone: service web has the name web.ZONE.' }),
    ns: z.array(domainName).min(1).meta({ description: 'The name servers of the zone, the primary first.' }),
    hostmaster: hostmaster.optional().meta({
      description: 'Mail address of the person who is responsible for the zone.',
      fallback: 'hostmaster@ZONE',
    }),
    ...ttlFields,
    negativeTtl: seconds
      .default(5)
      .meta({ description: 'Seconds for which resolvers may cache that a name does not exist.' }),
    refresh: seconds.default(300).meta({ description: 'Seconds between two questions of a secondary for changes.' }),
    retry: seconds.default(30).meta({ description: 'Seconds after which a secondary asks again that had no answer.' }),
    expire: seconds
      .default(604_800)
      .meta({ description: 'Seconds after which a secondary without an answer serves the zone no longer.' }),
    ...planFields,
    records: z.array(record).default([]).meta({
      description: 'Further records of the zone. A service cannot have the name of one of them.',
    }),
    reverse: z
      .array(
        z.strictObject({
          zone: reverseZone.meta({ description: 'Name of the reverse zone, such as `2.0.192.in-addr.arpa`.' }),
          path: outputPath.meta({ description: 'Path of its zone file.' }),
        }),
      )
      .default([])
      .meta({
        description: 'Reverse zones, which have the PTR records of the addresses. They change together with the zone.',
      }),
    server: serverAddress.default('127.0.0.1:53').meta({
      doc: 'address',
      description: 'Server that is asked for the serial that it serves, so that a serial never goes back.',
    }),
    mode: outputMode.optional().meta({
      description: 'Permissions as octal digits, in quotes. The owner must have read permission.',
      fallback: 'that of the existing file; otherwise `0644`, or `0600` for secret contents',
    }),
    owner: principal.optional().meta({
      description: 'Name or id of a user.',
      fallback: 'that of the existing file; otherwise the user of rollcall',
    }),
    group: principal.optional().meta({
      description: 'Name or id of a group.',
      fallback: 'that of the existing file; otherwise the group of rollcall',
    }),
  })
  .superRefine(({ path, zone, ns, names: patterns, records, reverse }, context) => {
    const complain = (at: (string | number)[], message: string): void => {
      context.addIssue({ code: 'custom', path: at, message });
    };
    const tooLong = findTooLong(patterns, zone);
    if (tooLong !== undefined)
      complain(['zone'], `is too long: names of the pattern \`${tooLong}\` could have more than 253 characters`);
    for (const [index, each] of records.entries()) {
      const problem = problemOfRecord(each, zone);
      if (problem) complain(['records', index, problem.key], problem.message);
    }
    const addressed = new Set(
      records.flatMap(({ name, type }) => (type === 'A' || type === 'AAAA' ? [staticName(name, zone)] : [])),
    );
    for (const [index, server] of ns.entries())
      if (isWithin(server, zone) && !addressed.has(server))
        complain(
          ['ns', index],
          `is in the zone, so \`records\` must have its address: { name: ${server}., type: A, data: … }`,
        );
    const paths = [path];
    const zones = [zone];
    for (const [index, each] of reverse.entries()) {
      if (paths.includes(each.path)) complain(['reverse', index, 'path'], 'is the path of another zone above');
      if (zones.includes(each.zone)) complain(['reverse', index, 'zone'], 'is another zone above');
      paths.push(each.path);
      zones.push(each.zone);
    }
    for (const [index, each] of paths.entries())
      if (each.includes('{{'))
        complain(index === 0 ? ['path'] : ['reverse', index - 1, 'path'], 'has {{…}}, but a zone is one file');
  })
  .meta({ description: 'Zone files of services, for BIND, Knot, NSD and CoreDNS.' });

/** As parsed: names are in lower case and without a final dot. */
export type ZoneFileOptions = z.output<typeof zoneFileSchema>;

/** Why a `{staged}` check is not possible for these zones, or undefined. It checks one file alone, before the swap. */
export function whyNotStaged({ reverse }: ZoneFileOptions): string | undefined {
  return reverse.length > 0
    ? '{staged} means one file, but this target has reverse zones, too: check them in place, without {staged}'
    : undefined;
}
