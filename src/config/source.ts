import * as z from 'zod';
import { formatNames, formatSchema } from '../formats/schema.js';
import { isCidr } from '../model/addresses.js';
import { name } from './name.js';

const some = (description: string) => z.array(z.string()).min(1).exactOptional().meta({ description, fallback: 'all' });

/** `select` of a source or a target. An instance must match every given key. For a list, one matching value is enough. */
export const filterSchema = z.strictObject({
  services: some('Names of services; `*` matches any characters.'),
  tags: some('Tags. An instance must have all of them.'),
  status: z
    .array(z.enum(['passing', 'draining', 'critical']))
    .min(1)
    .exactOptional()
    .meta({ description: 'Status in the registration.', fallback: 'all' }),
  zones: some('Zones.'),
  versions: some('Versions.'),
  schemes: some('Schemes, such as `http`.'),
  metadata: z
    .record(z.string(), z.string().meta({ description: 'The value of this metadata key.' }))
    .exactOptional()
    .meta({ description: 'Metadata. An instance must have all of these values.', fallback: 'all' }),
});

const cidr = z.string().refine(isCidr, 'is no CIDR block such as 10.0.0.0/8 or fd00::/8').meta({ doc: 'CIDR block' });
const count = z.int().min(1);
const cidrs = z.array(cidr).min(1).exactOptional();

/** One item of `sources`. */
export const sourceSchema = z.strictObject({
  name: name.meta({ doc: 'name', description: 'Name of the source in targets and logs. It must be unique.' }),
  prefix: z.string().meta({
    description:
      'Directory of the keys to read: `/services` means `/services/`. With a star at the end (`/services*`): every key that begins with this text. Empty: all keys.',
  }),
  exact: z
    .boolean()
    .default(false)
    .meta({ description: '`prefix` is one whole key, and rollcall reads only this key.' }),
  format: formatSchema.prefault('auto').meta({
    description: `Format of the registrations: ${formatNames.map((format) => `\`${format}\``).join(', ')}, or a map of \`name\` and options.`,
  }),
  key: z.string().exactOptional().meta({
    doc: 'key pattern',
    description:
      'Pattern of the segments after the prefix: literals, `<service>`, `<service...>` (one or more segments), `<id>`, `<_>` (any segment).',
    fallback: 'the pattern of the format, `<service>/<id>` for most',
  }),
  service: z.string().exactOptional().meta({
    description: 'The service of all keys, for keys without a service name; `key` is then `<id>` for most formats.',
    fallback: 'the service in the key',
  }),
  select: filterSchema.exactOptional().meta({
    description:
      'Filter for instances. An instance must match every given key. For a list, one matching value is enough.',
    fallback: 'all',
  }),
  addresses: z
    .strictObject({
      allow: cidrs.meta({
        description:
          'Only these addresses are allowed. Host names are then rejected, because they may resolve to any address.',
        fallback: 'all',
      }),
      deny: cidrs.meta({ description: 'These addresses are rejected, even if `allow` contains them.' }),
    })
    .exactOptional()
    .meta({
      description: 'Addresses that a registration may have. rollcall rejects and reports the others.',
      fallback: 'all',
    }),
  trustValue: z.boolean().default(false).meta({
    description:
      'A value may name another service than its key. etcd’s permissions protect only keys, not the names in values.',
  }),
  requireLease: z.boolean().default(false).meta({
    description:
      'Reject registrations without a lease: etcd does not remove them when their registrant dies. By default rollcall reads them and warns.',
  }),
  limits: z
    .strictObject({
      valueBytes: count.default(1 << 20).meta({ description: 'Most bytes of one value.' }),
      instances: count
        .default(10_000)
        .meta({ description: 'Most instances of one service. Those that registered first stay.' }),
      services: count
        .default(100_000)
        .meta({ description: 'Most services of the source. Those that registered first stay.' }),
    })
    .prefault({})
    .meta({
      description:
        'How much the source may bring. rollcall rejects and reports what is beyond, so a flood of registrations cannot stop it.',
    }),
  secret: z.boolean().default(false).meta({
    description: '`diff`, `test` and the log do not show the contents of targets that use this source.',
  }),
});
