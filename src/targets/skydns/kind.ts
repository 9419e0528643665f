import type { TargetKind } from '../kind.js';
import { skydnsSchema, whyNotStaged } from './schema.js';
import { createSkydnsTarget } from './target.js';

export const skydns: TargetKind<typeof skydnsSchema> = {
  schema: skydnsSchema,
  whyNotStaged,
  create: (options, deps) => createSkydnsTarget(options, { ...deps, etcd: deps.etcd(options.etcd) }),
};
