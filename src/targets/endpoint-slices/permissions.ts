import type { Permission } from '../../kubernetes/permission.js';
import { resources } from '../../kubernetes/resources.js';
import type { EndpointSlicesOptions } from './schema.js';

const verbs = ['create', 'delete', 'get', 'list', 'patch'];

/** What a target does with objects. Their names are not known before, so the rules are for the namespace. */
export function permissionsOf({
  namespace,
  service,
}: Pick<EndpointSlicesOptions, 'namespace' | 'service'>): readonly Permission[] {
  return [
    { resource: resources.service, namespace, verbs: service === 'managed' ? verbs : ['get'] },
    { resource: resources.endpointSlice, namespace, verbs },
  ];
}
