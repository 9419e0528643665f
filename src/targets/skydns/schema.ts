import * as z from 'zod';
import { duration } from '../../model/duration-schema.js';
import { etcdSchema } from '../../etcd/schema.js';
import { problemOfLabel } from './name.js';

/** The default of CoreDNS. */
export const defaultPrefix = '/skydns';

const domain = z
  .string()
  .transform((text) => text.toLowerCase().replace(/\.$/, ''))
  .superRefine((text, context) => {
    const problem = text
      .split('.')
      .map(problemOfLabel)
      .find((found) => found !== undefined);
    if (problem !== undefined) context.addIssue(`is not a domain name: a label ${problem}`);
    else if (text.length > 200)
      context.addIssue('is too long: at most 200 characters, because the names of services are added');
  });

/** The `skydns` block: instances as keys of CoreDNS's etcd plugin. */
export const skydnsSchema = z
  .strictObject({
    prefix: z
      .string()
      .regex(/^(\/[^/\0\s]+)+$/, 'must begin with a slash and end without one: "/skydns"')
      .default(defaultPrefix)
      .meta({ description: 'Key prefix that CoreDNS reads: `path` in its etcd block. A source must not read it.' }),
    domain: domain.meta({
      description:
        'Domain of the names: service web becomes web.DOMAIN. The target owns all keys below the domain that have its `owner`.',
    }),
    ttl: z.int().min(1).max(86_400).optional().meta({
      description: 'Seconds for which resolvers may keep an answer, 1 to 86400.',
      fallback: 'the default of CoreDNS, 300',
    }),
    sourceTtl: z
      .record(
        z.string(),
        z.int().min(1).max(86_400).meta({ description: 'Seconds for the instances of the source of this name.' }),
      )
      .default({})
      .meta({ description: 'The same for the instances of single sources, by name: `{ services: 10 }`.' }),
    groups: z.boolean().default(false).meta({
      description:
        'Write the name of the service as `group`, so that a service `x.web` may stand beside a service `web`.',
    }),
    priority: z
      .int()
      .min(1)
      .max(65_535)
      .optional()
      .meta({ description: 'SRV priority, 1 to 65535.', fallback: 'the default of CoreDNS, 10' }),
    lease: duration(180_000).optional().meta({
      description:
        'Keep all keys under one lease of this time, at least 3m: they go when rollcall has not renewed it for so long. rollcall renews it once a minute.',
      fallback: 'no lease: the keys stay when rollcall ends',
    }),
    owner: z.string().min(1).max(200).meta({
      description:
        'Owner that rollcall writes into each value. It never changes or removes keys with another owner or without one.',
    }),
    etcd: etcdSchema.optional().meta({
      description:
        'The etcd that CoreDNS reads. If it has `endpoints`, `ETCDCTL_*` variables do not replace missing keys.',
      like: 'etcd',
      fallback: 'the main etcd',
    }),
  })
  .meta({ description: 'Keys that the etcd plugin of CoreDNS serves as DNS records.' });

export type SkydnsOptions = z.output<typeof skydnsSchema>;

/** Why a `{staged}` check is not possible for this target. */
export function whyNotStaged(): string {
  return '{staged} means a file, but skydns writes none: check in place, without {staged}';
}
