import * as z from 'zod';
import { isWithin, problemOfHostName } from '../../dns/labels.js';
import { defaultNames, findAmbiguous, findTooLong, problemOfPattern, type NameKind } from '../../dns/names.js';
import { problemOfReverseZone } from '../../dns/reverse.js';
import { parseServer } from '../../dns/server.js';
import { problemOfTxtField } from '../../dns/txt.js';
import { outputMode, outputPath, principal } from '../files/schema.js';
import { problemOfRecord, staticName } from './static-records.js';

const withoutDot = (text: string): string => text.toLowerCase().replace(/\.$/, '');

const domainName = z
  .string()
  .transform(withoutDot)
  .superRefine((text, context) => {
    const problem = problemOfHostName(text);
    if (problem !== undefined) context.addIssue(`is not a domain name: ${problem}`);
  })
  .meta({ doc: 'domain name' });

/** RFC 1035 section 3.3.13: the name of a mailbox, whose first label stands before the `@`. */
const hostmaster = z.string().superRefine((text, context) => {
  const [local = '', domain] = text.includes('@') ? text.split(/@(?=[^@]*$)/) : ['x', text];
  if (
    !/^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,63}$/.test(local) ||
    problemOfHostName(withoutDot(domain ?? '')) !== undefined
  )
    context.addIssue('is no mail address: write "hostmaster@example.com"');
});

const seconds = z
  .int()
  .min(0)
  .max(2 ** 31 - 1);

const pattern = (kind: NameKind, description: string) =>
  z
    .string()
    .superRefine((text, context) => {
      const problem = problemOfPattern(kind, text);
      if (problem !== undefined) context.addIssue(problem);
    })
    .default(defaultNames[kind])
    .meta({ doc: 'name pattern', description });

const names = z
  .strictObject({
    service: pattern('service', 'Name with the addresses of all instances of a service, or `off`.'),
    srv: pattern('srv', 'Name with the SRV records of all instances, or `off`.'),
    scheme: pattern('scheme', 'Name with the SRV records of the instances that have this scheme, or `off`.'),
    instance: pattern('instance', 'Name with the addresses of one instance: the target of its SRV records.'),
    tag: pattern('tag', 'Name with the addresses of the instances that have this tag, or `off`.'),
  })
  .superRefine((patterns, context) => {
    const kinds = Object.keys(defaultNames) as NameKind[];
    if (kinds.some((kind) => problemOfPattern(kind, patterns[kind]) !== undefined)) return;
    const [one, other] = findAmbiguous(patterns) ?? [];
    if (one === undefined || other === undefined) return;
    const which = one === other ? `\`${one}\`` : `\`${one}\` and \`${other}\``;
    context.addIssue({
      code: 'custom',
      path: [other],
      message: `could give two services the same name (${which}): let <service> be a whole label, at the same place from the right in both`,
    });
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
    ttl: seconds.default(30).meta({ description: 'Seconds for which resolvers may cache a record.' }),
    sourceTtl: z
      .record(z.string(), seconds.meta({ description: 'Seconds for the instances of the source of this name.' }))
      .default({})
      .meta({ description: 'The same for the instances of single sources, by name: `{ services: 10 }`.' }),
    negativeTtl: seconds
      .default(5)
      .meta({ description: 'Seconds for which resolvers may cache that a name does not exist.' }),
    refresh: seconds.default(300).meta({ description: 'Seconds between two questions of a secondary for changes.' }),
    retry: seconds.default(30).meta({ description: 'Seconds after which a secondary asks again that had no answer.' }),
    expire: seconds
      .default(604_800)
      .meta({ description: 'Seconds after which a secondary without an answer serves the zone no longer.' }),
    priority: z.int().min(0).max(65_535).default(0).meta({ description: 'Priority of all SRV records.' }),
    names: names.prefault({}).meta({
      description:
        'The names of a service. `<service>`, `<instance>`, `<tag>`, `<scheme>` and `<zone>` stand for values.',
    }),
    unfit: z.enum(['reject', 'map']).default('reject').meta({
      description:
        'What becomes of a service whose name is no label: `reject` leaves it out; `map` makes a label from its letters and digits and a hash.',
    }),
    txt: z
      .array(
        z.string().superRefine((text, context) => {
          const problem = problemOfTxtField(text);
          if (problem !== undefined) context.addIssue(problem);
        }),
      )
      .default([])
      .meta({
        description:
          'What the TXT record of an instance says: `version`, `zone`, `scheme`, `tags`, `metadata.NAME`. Everyone who may ask the server can read it.',
      }),
    records: z.array(record).default([]).meta({
      description: 'Further records of the zone. A service cannot have the name of one of them.',
    }),
    reverse: z
      .array(
        z.strictObject({
          zone: z
            .string()
            .transform(withoutDot)
            .superRefine((text, context) => {
              const problem = problemOfReverseZone(text);
              if (problem !== undefined) context.addIssue(problem);
            })
            .meta({ description: 'Name of the reverse zone, such as `2.0.192.in-addr.arpa`.' }),
          path: outputPath.meta({ description: 'Path of its zone file.' }),
        }),
      )
      .default([])
      .meta({
        description: 'Reverse zones, which have the PTR records of the addresses. They change together with the zone.',
      }),
    server: z
      .string()
      .transform((text, context) => {
        const server = parseServer(text);
        if (server === undefined) context.addIssue('is no IP address, or IP address and port: "127.0.0.1:53"');
        return server ?? text;
      })
      .default('127.0.0.1:53')
      .meta({
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
