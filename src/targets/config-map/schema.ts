import * as z from 'zod';
import { namespaceSchema } from '../../kubernetes/schema.js';
import { dialectSchema } from '../../render/dialects/schema.js';
import { metadataFields } from '../kube-objects/meta-schema.js';
import { problemOfName } from './name.js';

const entry = z.strictObject({
  template: z
    .string()
    .min(1)
    .meta({ description: 'Name of a built-in template (without slash and dot), or path of a template file.' }),
  dialect: dialectSchema.optional().meta({
    description: 'Dialect of the text, which decides how values are escaped.',
    fallback: 'the dialect of the template or of the key',
  }),
});

const dataKey = z
  .string()
  .max(253)
  .regex(/^[-._a-zA-Z0-9]+$/, 'is not a key of an object: letters, digits, dots, dashes and underscores only')
  .refine(
    (key) => key !== '.' && !key.startsWith('..'),
    'is not allowed by Kubernetes: "." and names that begin with ".."',
  );

/** The keys of a `configMap` or `secret` block. @param object `ConfigMap` or `Secret`, for the descriptions */
const keysOf = (object: string) => ({
  namespace: namespaceSchema.optional().meta({
    description: `Namespace of the ${object}.`,
    fallback: '`kubernetes.namespace`, then that of the pod or of the context',
  }),
  name: z
    .string()
    .min(1)
    .max(1000)
    .meta({ description: `Name of the ${object}. With \`forEach\`, it contains \`{{service.name}}\`.` }),
  forEach: z
    .literal('service')
    .optional()
    .meta({
      description: `Write one ${object} for each service. When a service goes, rollcall removes its ${object}.`,
    }),
  data: z
    .record(dataKey, entry.meta({ description: 'One key and its template.' }))
    .refine((data) => Object.keys(data).length > 0, 'needs at least one key')
    .meta({ description: `The keys of the ${object}, which change together.` }),
  ...metadataFields,
  compress: z.literal('gzip').optional().meta({
    description: 'Store the contents compressed, for more than 1 MiB of text. Consumers must decompress them.',
  }),
  force: z.boolean().default(false).meta({
    description:
      'Take over an existing object that rollcall did not make, and fields that another program applies. Otherwise they are left as they are, and the log says so.',
  }),
});

const blockOf = (object: string) =>
  z.strictObject(keysOf(object)).superRefine(({ name, forEach }, context) => {
    const problem = problemOfPattern(name, forEach !== undefined);
    if (problem !== undefined) context.addIssue({ code: 'custom', path: ['name'], message: problem });
  });

/** The `configMap` block. */
export const configMapSchema = blockOf('ConfigMap').meta({ description: 'A ConfigMap, or one for each service.' });

/** The `secret` block. */
export const secretSchema = blockOf('Secret').meta({
  description: 'A Secret of type Opaque, or one for each service. Its contents are never shown.',
});

export type ObjectOptions = z.output<typeof configMapSchema>;

/** Why a `{staged}` check is not possible for this target. */
export function whyNotStaged(): string {
  return '{staged} means a file, but this target writes none: check in place, without {staged}';
}

function problemOfPattern(name: string, fanOut: boolean): string | undefined {
  if (!name.includes('{{'))
    return fanOut ? 'is the same for every service: put {{service.name}} into it' : problemOfName(name);
  return fanOut
    ? undefined
    : 'has {{…}}, but the target does not write one object for each service: add `forEach: service`';
}
