import { compareText } from '../../model/order.js';
import type { ReaderDeps, TargetMaker } from '../maker.js';
import type { ObjectSpec } from './desired-object.js';
import { configMapKind, type ObjectKind } from './object-kind.js';
import { createObjectsReader } from './reader.js';
import type { ObjectOptions } from './schema.js';
import { createObjectsTarget } from './target.js';

/** Makes targets of ConfigMaps or of Secrets. */
export function createObjectsMaker(kind: ObjectKind): TargetMaker<ObjectOptions> {
  return {
    createReader: (options, deps) => createObjectsReader(kind, specOf(options, deps), deps),
    createTarget: (options, deps) => createObjectsTarget(kind, specOf(options, deps), deps),
  };
}

export const configMapMaker = createObjectsMaker(configMapKind);

function specOf(options: ObjectOptions, { templates }: Pick<ReaderDeps, 'templates'>): ObjectSpec {
  const { namespace, name, data, labels, annotations, compress, force, forEach } = options;
  const entries = Object.keys(data).map((key, index) => {
    const compiled = templates[index];
    if (!compiled) throw new TypeError(`the template of ${key} was not compiled`);
    return { key, template: compiled.template };
  });
  const fanOut = templates[0]?.path;
  if (forEach !== undefined && !fanOut) throw new TypeError(`the pattern ${name} was not compiled`);
  return {
    ...{ namespace, name, labels, annotations, force, fanOut },
    entries: entries.sort((a, b) => compareText(a.key, b.key)),
    compress: compress !== undefined,
  };
}
