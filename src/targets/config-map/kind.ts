import { isMap, textOf, valueOf } from '../../model/raw-data.js';
import type { TargetKind } from '../kind.js';
import { configMapKind, type ObjectKind } from './object-kind.js';
import { permissionsOf } from './permissions.js';
import { configMapSchema, whyNotStaged, type ObjectOptions } from './schema.js';

/** What the descriptions of ConfigMaps and of Secrets have in common. */
export function describeObjects(
  kind: ObjectKind,
): Omit<TargetKind<ObjectOptions>, 'key' | 'schema' | 'secret' | 'load'> {
  return {
    clusterWide: true,
    localPaths: [],
    templatePlaces: ['data.*.template'],
    etcdBlocks: [],
    claims(block) {
      const [namespace, name] = ['namespace', 'name'].map((key) => textOf(valueOf(block, key)));
      if (name === undefined || !isMap(block)) return [];
      return [{ type: 'object', word: kind.word, namespace, name, at: ['name'] }];
    },
    templates: ({ data, forEach, name }) =>
      Object.entries(data).map(([key, { template, dialect }], index) => ({
        ...{ at: ['data', key, 'template'], reference: template, dialect, scope: forEach ?? 'root', output: key },
        // All keys are in one object: its name is compiled once.
        ...(forEach && index === 0 && { path: { text: name, at: ['name'] } }),
      })),
    reads: () => [],
    directories: () => [],
    accounts: () => [],
    permissions: (options) => permissionsOf(kind, options),
    whyNotStaged,
  };
}

/** ConfigMaps of a Kubernetes cluster. */
export const configMap: TargetKind<ObjectOptions> = {
  ...describeObjects(configMapKind),
  key: 'configMap',
  schema: configMapSchema,
  secret: false,
  load: async () => (await import('./maker.js')).configMapMaker,
};
