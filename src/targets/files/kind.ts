import type { TargetKind } from '../kind.js';
import { directoryOf, filesSchema, whyNotStaged } from './schema.js';
import { createFilesTarget } from './target.js';
import type { FileSpec } from './desired.js';

export const files: TargetKind<typeof filesSchema> = {
  schema: filesSchema,
  whyNotStaged,
  create(options, deps) {
    const parts = options.map((file): FileSpec => {
      const { template, path } = deps.compile(file);
      const fanOut = path && { fanOut: { directory: directoryOf(file.path), path } };
      const { mode, owner, group, inPlace, serial } = file;
      return { path: file.path, template, ...fanOut, mode, owner, group, inPlace, serial };
    });
    return createFilesTarget(parts, deps);
  },
};
