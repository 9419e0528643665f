import * as z from 'zod';
import { STAGED, checkSchema, confirmSchema, reloadSchema } from '../reload/schema.js';
import { targetKinds, whyNotStaged, type TargetKindName } from '../targets/registry.js';
import { name, serviceName } from './name.js';
import { filterSchema } from './source.js';

type KindShape = { [K in TargetKindName]: z.ZodExactOptional<(typeof targetKinds)[K]['schema']> };

/** The keys that make a target's kind: it has exactly one of them. */
export const kindNames = Object.keys(targetKinds) as TargetKindName[];

const kindShape = Object.fromEntries(
  kindNames.map((kind) => [kind, z.exactOptional(targetKinds[kind].schema)]),
) as unknown as KindShape;

/** One item of `targets`. */
export const targetSchema = z
  .strictObject({
    name,
    sources: z.array(z.string()).min(1).exactOptional(),
    select: filterSchema.exactOptional(),
    expect: z.array(serviceName).default([]),
    vars: z.record(z.string(), z.unknown()).default({}),
    ...kindShape,
    check: checkSchema.exactOptional(),
    reload: reloadSchema.exactOptional(),
    confirm: confirmSchema.exactOptional(),
  })
  .superRefine((target, context) => {
    if (target.check?.command.some((word) => word.includes(STAGED)) !== true) return;
    for (const kind of kindNames) {
      const options = target[kind];
      const why = options === undefined ? undefined : whyNotStaged(kind, options);
      if (why !== undefined) context.addIssue({ code: 'custom', path: ['check'], message: why });
    }
  });
