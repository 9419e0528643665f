import * as z from 'zod';
import { namespaceSchema } from '../../kubernetes/schema.js';
import { metadataFields } from '../kube-objects/meta-schema.js';

const affix = (pattern: RegExp, what: string) =>
  z.string().max(60).regex(pattern, `may hold lower-case letters, digits and hyphens only${what}`).default('');

/** The `endpointSlices` block: Services of a cluster whose endpoints are the instances. */
export const endpointSlicesSchema = z
  .strictObject({
    namespace: namespaceSchema.optional().meta({
      description: 'Namespace of the Services and EndpointSlices.',
      fallback: '`kubernetes.namespace`, then that of the pod or of the context',
    }),
    service: z.enum(['managed', 'existing']).default('managed').meta({
      description:
        '`managed`: rollcall makes and removes the Services. `existing`: rollcall writes only EndpointSlices, for Services that are there already.',
    }),
    servicePort: z.int().min(1).max(65_535).default(80).meta({
      description:
        'Port of the Services. Clients that use the cluster IP connect to it, whatever the ports of the instances are.',
    }),
    headless: z.boolean().default(false).meta({
      description:
        'Make Services without a cluster IP. DNS then answers with the addresses of the instances, and SRV records have their ports.',
    }),
    policy: z.enum(['sync', 'upsert-only']).default('sync').meta({
      description:
        '`sync`: objects of services that are gone are removed. `upsert-only`: no object is ever removed; the EndpointSlices of a service that is gone are emptied.',
    }),
    prefix: affix(/^([a-z][-a-z0-9]*)?$/, ', a letter first').meta({
      description: 'Text before the name of each service.',
    }),
    suffix: affix(/^([-a-z0-9]*[a-z0-9])?$/, ', and no hyphen at the end').meta({
      description: 'Text after the name of each service.',
    }),
    ...metadataFields,
    force: z.boolean().default(false).meta({
      description:
        'Take over an existing Service that rollcall did not make, and fields that another program applies. Otherwise they are left as they are, and the log says so. A Service with a selector is never taken over.',
    }),
  })
  .meta({ description: 'A Service and its EndpointSlices for each service.' });

export type EndpointSlicesOptions = z.output<typeof endpointSlicesSchema>;

/** Why a `{staged}` check is not possible for this target. */
export function whyNotStaged(): string {
  return '{staged} means a file, but endpointSlices writes none: check in place, without {staged}';
}
