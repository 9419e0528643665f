import * as z from 'zod';
import { namespaceSchema } from '../kubernetes/schema.js';

const workload = {
  kind: z.enum(['Deployment', 'DaemonSet', 'StatefulSet']).meta({ description: 'Kind of the workload.' }),
  namespace: namespaceSchema.optional().meta({
    description: 'Namespace of the workload.',
    fallback: '`kubernetes.namespace`, then that of the pod or of the context',
  }),
  name: z
    .string()
    .max(253)
    .regex(/^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/, 'is not the name of a workload')
    .meta({ description: 'Name of the workload.' }),
};

/** A workload that is rolled out. */
export const workloadSchema = z.strictObject(workload).meta({
  description:
    'A Deployment, DaemonSet or StatefulSet. rollcall writes the digest of the outputs into an annotation of its pod template, so Kubernetes replaces its pods. Acknowledged when the API server has stored it.',
});

export type Workload = z.output<typeof workloadSchema>;
