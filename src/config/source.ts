import * as z from 'zod';
import { formatNames, formatSchema } from '../formats/schema.js';
import { isCidr } from '../model/addresses.js';
import { name } from './name.js';

const some = (description: string) => z.array(z.string()).min(1).exactOptional().meta({ description, fallback: 'all' });

/** `select` of a source or a target. Every key that is given must match; of a list, one value is enough. */
export const filterSchema = z.strictObject({
  services: some('Names of services; `*` stands for any run of characters.'),
  tags: some('Tags that an instance must have, all of them.'),
  status: z
    .array(z.enum(['passing', 'draining', 'critical']))
    .min(1)
    .exactOptional()
    .meta({ description: 'What the registration says of itself.', fallback: 'all' }),
  zones: some('Zones.'),
  versions: some('Versions.'),
  schemes: some('Schemes, such as `http`.'),
  metadata: z
    .record(z.string(), z.string().meta({ description: 'The value that the key must have.' }))
    .exactOptional()
    .meta({ description: 'Metadata that an instance must have, all of it.', fallback: 'all' }),
});

const cidr = z.string().refine(isCidr, 'is no CIDR block such as 10.0.0.0/8 or fd00::/8').meta({ doc: 'CIDR block' });
const cidrs = z.array(cidr).min(1).exactOptional();

/** One item of `sources`. */
export const sourceSchema = z.strictObject({
  name: name.meta({ doc: 'name', description: 'What targets and logs call it. Each has its own.' }),
  prefix: z.string().meta({
    description:
      'The directory whose keys are read: `/services` is `/services/`. With a star at its end (`/services*`) every key that begins so. Empty: all keys.',
  }),
  exact: z.boolean().default(false).meta({ description: '`prefix` is one whole key, and only that is read.' }),
  format: formatSchema.prefault('auto').meta({
    description: `How registrations are written: ${formatNames.map((format) => `\`${format}\``).join(', ')}, or a map of \`name\` and options.`,
  }),
  key: z.string().exactOptional().meta({
    doc: 'key pattern',
    description:
      'Where service and id stand in the segments after the prefix: literals, `<service>`, `<service...>` (one or more), `<id>`, `<_>` (any one).',
    fallback: 'as the format has it, `<service>/<id>` for most',
  }),
  service: z.string().exactOptional().meta({
    description: 'The service of keys that name none; `key` is then `<id>` for most formats.',
    fallback: 'the keys name it',
  }),
  select: filterSchema.exactOptional().meta({
    description: 'Which instances are taken. Every key that is given must match; of a list, one value is enough.',
    fallback: 'all',
  }),
  addresses: z
    .strictObject({
      allow: cidrs.meta({
        description: 'Only these. Host names are then rejected, since they may resolve to anything.',
        fallback: 'all',
      }),
      deny: cidrs.meta({ description: 'None of these, also where `allow` has them.' }),
    })
    .exactOptional()
    .meta({
      description: 'Which addresses may be registered. Others are rejected and shown.',
      fallback: 'all',
    }),
  trustValue: z.boolean().default(false).meta({
    description: 'Whether a value may name another service than its key. Key permissions are etcd’s only protection.',
  }),
  secret: z.boolean().default(false).meta({
    description: 'No diff, test or log shows contents of the targets that are made from it.',
  }),
});
