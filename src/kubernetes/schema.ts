import * as z from 'zod';

/** RFC 1123: the name of a namespace. */
export const namespaceSchema = z
  .string()
  .regex(
    /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
    'is not the name of a namespace: lower-case letters, digits and inner hyphens only, 63 at most',
  );

/** The `kubernetes` block: the cluster of `configMap`, `secret` and `endpointSlices` targets and of rollouts. */
export const kubernetesSchema = z.strictObject({
  kubeconfig: z.string().min(1).optional().meta({
    doc: 'path',
    description: 'The kubeconfig. Credential programs and token files in it are used as by kubectl.',
    fallback: '`$KUBECONFIG`, then the ServiceAccount of the pod, then `~/.kube/config`',
  }),
  context: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'Name of a context in the kubeconfig.', fallback: 'its current context' }),
  namespace: namespaceSchema.optional().meta({
    description: 'Namespace of objects and workloads that name none.',
    fallback: 'that of the pod or of the context',
  }),
  events: z.boolean().default(true).meta({
    description:
      'Write events on ConfigMaps, Secrets and Services when they are written, when the guard holds instances in them, and when a target fails.',
  }),
  owner: z
    .string()
    .regex(
      /^[A-Za-z0-9]([-._A-Za-z0-9]{0,61}[A-Za-z0-9])?$/,
      'may hold letters, digits and inner dots, dashes and underscores only, 63 at most',
    )
    .default('rollcall')
    .meta({
      description:
        'Owner in the labels of the objects. rollcall changes and removes only objects with its owner and target. Two rollcalls that write to one namespace need different owners.',
    }),
});

export type KubernetesBlock = z.output<typeof kubernetesSchema>;
