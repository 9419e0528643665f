import { isMap, textOf, valueOf } from '../../model/raw-data.js';
import type { TargetKind } from '../kind.js';
import { keyOfName } from './name.js';
import { defaultPrefix, skydnsSchema, whyNotStaged, type SkydnsOptions } from './schema.js';

/** Keys of CoreDNS's etcd plugin. */
export const skydns: TargetKind<SkydnsOptions> = {
  key: 'skydns',
  schema: skydnsSchema,
  localPaths: [],
  templatePlaces: [],
  etcdBlocks: ['etcd'],
  secret: false,
  omits: ['critical', 'draining', 'weight 0'],
  claims(block) {
    const [prefix, domain, owner] = ['prefix', 'domain', 'owner'].map((key) => textOf(valueOf(block, key)));
    const path = prefix ?? defaultPrefix;
    return [
      {
        type: 'keys',
        etcd: valueOf(block, 'etcd'),
        tree: { prefix: `${path}/`, at: ['prefix'] },
        records:
          domain === undefined || owner === undefined
            ? undefined
            : { directory: `${keyOfName(path, domain)}/`, owner, at: ['owner'] },
      },
    ];
  },
  sources(block) {
    const sourceTtl = valueOf(block, 'sourceTtl');
    return isMap(sourceTtl) ? Object.keys(sourceTtl).map((name) => ({ name, at: ['sourceTtl', name] })) : [];
  },
  templates: () => [],
  reads: ({ etcd, prefix }) => [
    { etcd: etcd && { block: etcd, at: ['etcd'] }, keys: { prefix: `${prefix}/` }, at: [] },
  ],
  directories: () => [],
  accounts: () => [],
  whyNotStaged,
  load: async () => (await import('./maker.js')).skydnsMaker,
};
