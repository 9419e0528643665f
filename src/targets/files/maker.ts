import type { ReaderDeps, TargetMaker } from '../maker.js';
import type { FileSpec } from './desired-file.js';
import { createFilesReader } from './reader.js';
import { directoryOf, type FilesOptions } from './schema.js';
import { createFilesTarget } from './target.js';

export const filesMaker: TargetMaker<FilesOptions> = {
  createReader: (options, deps) => createFilesReader(specsOf(options, deps), deps),
  createTarget: (options, deps) => createFilesTarget(specsOf(options, deps), deps),
};

function specsOf(options: FilesOptions, { templates, secret: all }: ReaderDeps): FileSpec[] {
  return options.map(({ path, mode, owner, group, inPlace, secret }, index) => {
    const compiled = templates[index];
    if (!compiled) throw new TypeError(`the template of ${path} was not compiled`);
    const fanOut = compiled.path && { fanOut: { directory: directoryOf(path), path: compiled.path } };
    return { path, template: compiled.template, ...fanOut, mode, owner, group, inPlace, secret: secret || all };
  });
}
