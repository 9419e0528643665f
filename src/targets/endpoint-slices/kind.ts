import { textOf, valueOf } from '../../model/raw-data.js';
import type { TargetKind } from '../kind.js';
import { permissionsOf } from './permissions.js';
import { endpointSlicesSchema, whyNotStaged, type EndpointSlicesOptions } from './schema.js';

/** Services of a Kubernetes cluster whose endpoints are the instances. */
export const endpointSlices: TargetKind<EndpointSlicesOptions> = {
  key: 'endpointSlices',
  schema: endpointSlicesSchema,
  secret: false,
  clusterWide: true,
  localPaths: [],
  templatePlaces: [],
  etcdBlocks: [],
  // Draining instances are endpoints that are not ready; host names are quarantined.
  omits: ['critical'],
  isUnweighted: true,
  claims(block) {
    const [namespace, prefix = '', suffix = ''] = ['namespace', 'prefix', 'suffix'].map((key) =>
      textOf(valueOf(block, key)),
    );
    return [{ type: 'object', word: 'endpointslices', namespace, name: `${prefix}{{service.name}}${suffix}`, at: [] }];
  },
  templates: () => [],
  reads: () => [],
  directories: () => [],
  accounts: () => [],
  permissions: permissionsOf,
  whyNotStaged,
  load: async () => (await import('./maker.js')).endpointSlicesMaker,
};
