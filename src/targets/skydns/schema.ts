import * as z from 'zod';
import { etcdSchema } from '../../etcd/schema.js';
import { problemOfLabel } from './name.js';

/** What CoreDNS's own default is. */
export const defaultPrefix = '/skydns';

const domain = z
  .string()
  .transform((text) => text.toLowerCase().replace(/\.$/, ''))
  .superRefine((text, context) => {
    const problem = text
      .split('.')
      .map(problemOfLabel)
      .find((found) => found !== undefined);
    if (problem !== undefined) context.addIssue(`is no domain name: a label ${problem}`);
    else if (text.length > 200) context.addIssue('is too long: 200 characters leave room for the services’ names');
  });

/** The `skydns` block: instances as keys of CoreDNS's etcd plugin. */
export const skydnsSchema = z
  .strictObject({
    prefix: z
      .string()
      .regex(/^(\/[^/\0\s]+)+$/, 'must begin with a slash and end without one: "/skydns"')
      .default(defaultPrefix)
      .meta({ description: 'Where CoreDNS looks: `path` in its etcd block. No source may read it.' }),
    domain: domain.meta({
      description: 'Service web becomes web.DOMAIN. Everything below it that bears `owner` is this target’s.',
    }),
    ttl: z
      .int()
      .min(1)
      .max(86_400)
      .optional()
      .meta({ description: 'Seconds that resolvers may keep an answer, 1 to 86400.', fallback: 'CoreDNS’s own, 300' }),
    priority: z
      .int()
      .min(1)
      .max(65_535)
      .optional()
      .meta({ description: 'SRV priority, 1 to 65535.', fallback: 'CoreDNS’s own, 10' }),
    owner: z.string().min(1).max(200).meta({
      description: 'Written into each value. Keys of another owner, or of none, are never changed or removed.',
    }),
    etcd: etcdSchema.optional().meta({
      description: 'The etcd that CoreDNS reads. Once it names `endpoints`, `ETCDCTL_*` do not fill it.',
      like: 'etcd',
      fallback: 'the main etcd',
    }),
  })
  .meta({ description: 'Keys that CoreDNS’s etcd plugin serves as DNS records.' });

export type SkydnsOptions = z.output<typeof skydnsSchema>;

/** Why a `{staged}` check cannot judge this target. */
export function whyNotStaged(): string {
  return '{staged} stands for a file, and skydns writes none: check in place, without {staged}';
}
