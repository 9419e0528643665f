import * as z from 'zod';
import { duration } from '../../model/duration-schema.js';
import { findTooLong, problemOfPattern, type NameKind } from '../../dns/names.js';
import { domainName, planFields, reverseZone, serverAddress, ttlFields } from '../record-plan-schema.js';
import { markLength } from './mark-name.js';

/** The `dnsUpdate` block: records of services in zones of a server, by dynamic updates. */
export const dnsUpdateSchema = z
  .strictObject({
    server: serverAddress.meta({
      doc: 'address',
      description: 'The primary server of the zones: an IP address, and a port if it is not 53. It is asked over TCP.',
    }),
    zone: domainName.meta({
      description: 'Name of the zone: service web has the name web.ZONE. The server has it already.',
    }),
    owner: z
      .string()
      .regex(/^[A-Za-z0-9._-]{1,63}$/, 'must have 1 to 63 letters, digits, dots, hyphens and underscores')
      .meta({
        description:
          'Owner that rollcall writes beside each name. It never changes or removes records of another owner, or without one.',
      }),
    tsigKeyFile: z.string().min(1).optional().meta({
      doc: 'path',
      description:
        'File with the TSIG key that signs every request, as `tsig-keygen` writes it. It is read again for every change.',
      fallback: 'requests are not signed',
    }),
    transfer: z.boolean().default(true).meta({
      description: 'Read the zone by a transfer (AXFR). `false`: ask for each name, if the server allows no transfers.',
    }),
    policy: z.enum(['sync', 'upsert-only']).default('sync').meta({
      description: '`upsert-only`: add and change records, but never remove all records of a name and type.',
    }),
    ...ttlFields,
    ...planFields,
    reverse: z.array(reverseZone).default([]).meta({
      description:
        'Reverse zones of the same server, which get the PTR records of the addresses: `[2.0.192.in-addr.arpa]`.',
    }),
    timeout: duration(100).prefault('5s').meta({
      description: 'Time for connecting, and for each response of the server.',
    }),
  })
  .superRefine(({ zone, names, reverse }, context) => {
    const patterns = { ...names };
    if ((Object.keys(patterns) as NameKind[]).some((kind) => problemOfPattern(kind, patterns[kind]) !== undefined))
      return;
    const tooLong = findTooLong(patterns, zone, markLength);
    if (tooLong !== undefined)
      context.addIssue({
        code: 'custom',
        path: ['zone'],
        message: `is too long: names of the pattern \`${tooLong}\` could have more than ${253 - markLength} characters`,
      });
    for (const [index, each] of reverse.entries())
      if (each === zone || reverse.indexOf(each) < index)
        context.addIssue({ code: 'custom', path: ['reverse', index], message: 'is another zone above' });
  })
  .meta({ description: 'Records in zones of a DNS server, by dynamic updates (RFC 2136).' });

/** As parsed: names are in lower case and without a final dot. */
export type DnsUpdateOptions = z.output<typeof dnsUpdateSchema>;

/** Why a `{staged}` check is not possible for this target. */
export function whyNotStaged(): string {
  return '{staged} means a file, but dnsUpdate writes none: check in place, without {staged}';
}
