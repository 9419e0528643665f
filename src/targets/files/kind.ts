import { dirname } from 'node:path';
import { itemsOf, textOf, valueOf } from '../../model/raw-data.js';
import type { FileClaim } from '../claim.js';
import type { TargetKind } from '../kind.js';
import { filesSchema, whyNotStaged, type FilesOptions } from './schema.js';

/** Files of one consumer, changed together. */
export const files: TargetKind<FilesOptions> = {
  key: 'files',
  schema: filesSchema,
  localPaths: ['*.path'],
  templatePlaces: ['*.template'],
  etcdBlocks: [],
  secret: false,
  claims(block) {
    // The schema refuses a path that stands twice in one target.
    const claims = new Map<string, FileClaim>();
    for (const [index, file] of itemsOf(block).entries()) {
      const path = textOf(valueOf(file, 'path'));
      if (path !== undefined && !claims.has(path)) claims.set(path, { type: 'file', path, at: [index, 'path'] });
    }
    return [...claims.values()];
  },
  templates: (options) =>
    options.map(({ template, dialect, forEach, path }, index) => ({
      at: [index, 'template'],
      reference: template,
      dialect,
      scope: forEach ?? 'root',
      output: path,
      ...(forEach && { path: { text: path, at: [index, 'path'] } }),
    })),
  reads: () => [],
  directories: (options) =>
    options.flatMap(({ path, forEach, inPlace }, index) => {
      if (inPlace) return [];
      // A fan-out makes its directory itself; its name is what comes before the first pattern.
      const [whole = path] = path.split('{{');
      return [{ path: dirname(`${whole}x`), made: forEach !== undefined, at: [index, 'path'] }];
    }),
  accounts: (options) =>
    options.flatMap(({ owner, group }, index) => [
      ...(typeof owner === 'string' ? [{ type: 'user' as const, name: owner, at: [index, 'owner'] }] : []),
      ...(typeof group === 'string' ? [{ type: 'group' as const, name: group, at: [index, 'group'] }] : []),
    ]),
  whyNotStaged,
  load: async () => (await import('./maker.js')).filesMaker,
};
