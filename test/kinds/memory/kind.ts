import { isMap, textOf, valueOf } from '../../../src/model/raw-data.js';
import type { TargetKind } from '../../../src/targets/kind.js';
import { memorySchema, type MemoryOptions } from './schema.js';

/** Texts in the memory of the process. It exists to show that a kind needs one directory and one entry of a registry. */
export const memory: TargetKind<MemoryOptions> = {
  key: 'memory',
  schema: memorySchema,
  localPaths: [],
  templatePlaces: ['texts.*.template'],
  etcdBlocks: [],
  secret: false,
  claims(block) {
    const [store, texts] = [textOf(valueOf(block, 'store')), valueOf(block, 'texts')];
    if (store === undefined || !isMap(texts)) return [];
    return Object.keys(texts).map((name) => ({ type: 'name', name: `memory ${store}/${name}`, at: ['texts', name] }));
  },
  templates: ({ texts }) =>
    Object.entries(texts).map(([name, { template, forEach }]) => ({
      at: ['texts', name, 'template'],
      reference: template,
      dialect: undefined,
      scope: forEach ?? 'root',
      output: name,
    })),
  reads: () => [],
  directories: () => [],
  accounts: () => [],
  whyNotStaged: () => '{staged} means a file, but memory writes none: check in place, without {staged}',
  load: async () => (await import('./maker.js')).memoryMaker,
};
