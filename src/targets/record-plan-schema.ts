import * as z from 'zod';
import { problemOfHostName } from '../dns/labels.js';
import { defaultNames, findAmbiguous, problemOfPattern, type NameKind } from '../dns/names.js';
import { problemOfReverseZone } from '../dns/reverse.js';
import { parseServer } from '../dns/server.js';
import { problemOfTxtField } from '../dns/txt.js';

export const withoutDot = (text: string): string => text.toLowerCase().replace(/\.$/, '');

export const domainName = z
  .string()
  .transform(withoutDot)
  .superRefine((text, context) => {
    const problem = problemOfHostName(text);
    if (problem !== undefined) context.addIssue(`is not a domain name: ${problem}`);
  })
  .meta({ doc: 'domain name' });

export const seconds = z
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

/** The address of a name server, parsed to `HOST:PORT`. */
export const serverAddress = z.string().transform((text, context) => {
  const server = parseServer(text);
  if (server === undefined) context.addIssue('is no IP address, or IP address and port: "127.0.0.1:53"');
  return server ?? text;
});

/** The name of a reverse zone. */
export const reverseZone = z
  .string()
  .transform(withoutDot)
  .superRefine((text, context) => {
    const problem = problemOfReverseZone(text);
    if (problem !== undefined) context.addIssue(problem);
  });

/** For how long resolvers may keep the records of services. */
export const ttlFields = {
  ttl: seconds.default(30).meta({ description: 'Seconds for which resolvers may cache a record.' }),
  sourceTtl: z
    .record(z.string(), seconds.meta({ description: 'Seconds for the instances of the source of this name.' }))
    .default({})
    .meta({ description: 'The same for the instances of single sources, by name: `{ services: 10 }`.' }),
};

/** What decides the records of services, beside the TTLs. */
export const planFields = {
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
};
