import type { TargetMaker } from '../maker.js';
import { createSkydnsReader } from './reader.js';
import type { SkydnsOptions } from './schema.js';
import { createSkydnsTarget } from './target.js';

export const skydnsMaker: TargetMaker<SkydnsOptions> = {
  createReader: (options, deps) => createSkydnsReader(options, { ...deps, etcd: deps.connect(options.etcd) }),
  createTarget: (options, deps) => createSkydnsTarget(options, { ...deps, etcd: deps.connect(options.etcd) }),
};
