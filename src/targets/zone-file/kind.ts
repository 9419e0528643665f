import { dirname } from 'node:path';
import { isMap, itemsOf, textOf, valueOf } from '../../model/raw-data.js';
import type { FileClaim } from '../claim.js';
import type { TargetKind } from '../kind.js';
import { whyNotStaged, zoneFileSchema, type ZoneFileOptions } from './schema.js';

/** Zone files of services. */
export const zoneFile: TargetKind<ZoneFileOptions> = {
  key: 'zoneFile',
  schema: zoneFileSchema,
  localPaths: ['path', 'reverse.*.path'],
  templatePlaces: [],
  etcdBlocks: [],
  secret: false,
  omits: ['critical', 'draining', 'weight 0'],
  claims(block) {
    // The schema refuses a path that stands twice in one target.
    const claims = new Map<string, FileClaim>();
    const add = (path: string | undefined, at: FileClaim['at']): void => {
      if (path !== undefined && !claims.has(path)) claims.set(path, { type: 'file', path, at });
    };
    add(textOf(valueOf(block, 'path')), ['path']);
    for (const [index, zone] of itemsOf(valueOf(block, 'reverse')).entries())
      add(textOf(valueOf(zone, 'path')), ['reverse', index, 'path']);
    return [...claims.values()];
  },
  sources(block) {
    const sourceTtl = valueOf(block, 'sourceTtl');
    return isMap(sourceTtl) ? Object.keys(sourceTtl).map((name) => ({ name, at: ['sourceTtl', name] })) : [];
  },
  templates: () => [],
  reads: () => [],
  directories: ({ path, reverse }) => [
    { path: dirname(path), made: false, at: ['path'] },
    ...reverse.map((zone, index) => ({ path: dirname(zone.path), made: false, at: ['reverse', index, 'path'] })),
  ],
  accounts: ({ owner, group }) => [
    ...(typeof owner === 'string' ? [{ type: 'user' as const, name: owner, at: ['owner'] }] : []),
    ...(typeof group === 'string' ? [{ type: 'group' as const, name: group, at: ['group'] }] : []),
  ],
  whyNotStaged,
  load: async () => (await import('./maker.js')).zoneFileMaker,
};
