import * as z from 'zod';
import { etcdSchema } from '../etcd/schema.js';
import { namespaceSchema } from '../kubernetes/schema.js';
import { duration } from '../model/duration-schema.js';
import { defaultTiming, problemOfTiming } from './timing.js';

const seconds = (ms: number): string => `\`${ms / 1000}s\``;
const least = 100;

const time = (ms: number, description: string) =>
  duration(least)
    .optional()
    .transform((given) => given ?? ms)
    .meta({ description, fallback: seconds(ms) });

const etcd = z
  .strictObject({
    prefix: z
      .string()
      .regex(/^[^\0]*\/$/, 'must end with a slash: "/rollcall/leader/"')
      .meta({
        description:
          'Key prefix of the election. The key below it is named `holder`. All processes of one election have the same prefix; no source reads it.',
      }),
    etcd: etcdSchema.optional().meta({
      description:
        'The etcd of the election. If it has `endpoints`, `ETCDCTL_*` variables do not replace missing keys.',
      like: 'etcd',
      fallback: 'the main etcd',
    }),
  })
  .meta({ description: 'The lease is a key with a lease of etcd.' });

const kubernetes = z
  .strictObject({
    name: z
      .string()
      .regex(
        /^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/,
        'is not the name of an object: lower-case letters, digits, inner dots and hyphens',
      )
      .meta({ description: 'Name of the Lease. All processes of one election have the same.' }),
    namespace: namespaceSchema.optional().meta({
      description: 'Namespace of the Lease.',
      fallback: '`kubernetes.namespace`, then that of the pod or of the context',
    }),
  })
  .meta({ description: 'The lease is a Lease of the cluster in the `kubernetes` block.' });

/** The `election:` block. */
export const electionSchema = z
  .strictObject({
    kubernetes: kubernetes.optional(),
    etcd: etcd.optional(),
    leaseDuration: time(
      defaultTiming.leaseDuration,
      'How long a standby waits after the last renewal before it takes the lease; at least 1.2 times `renewDeadline`.',
    ),
    renewDeadline: time(
      defaultTiming.renewDeadline,
      'How long a leader writes after its last acknowledged renewal; at least 1.2 times `retryPeriod`.',
    ),
    retryPeriod: time(defaultTiming.retryPeriod, 'Time between two attempts to take or to renew the lease.'),
  })
  .meta({ oneOf: [{ required: ['kubernetes'] }, { required: ['etcd'] }] })
  .superRefine((value, context) => {
    if ((value.etcd === undefined) === (value.kubernetes === undefined))
      context.addIssue({ code: 'custom', message: 'needs either `kubernetes` or `etcd`: where the lease is' });
    const problem = problemOfTiming(value);
    if (problem !== undefined) context.addIssue({ code: 'custom', path: ['leaseDuration'], message: problem });
  });

export type ElectionBlock = z.output<typeof electionSchema>;
