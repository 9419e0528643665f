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

/** Any YAML, for templates. */
export const anyValue = z.unknown().meta({ description: 'One value, of any shape.' });

/** One item of `targets`. */
export const targetSchema = z
  .strictObject({
    name: name.meta({ doc: 'name', description: 'What logs and commands call it. Each has its own.' }),
    sources: z
      .array(z.string())
      .min(1)
      .exactOptional()
      .meta({ description: 'Names of the sources that it is made from.', fallback: 'all sources' }),
    select: filterSchema
      .exactOptional()
      .meta({ description: 'Which instances it gets.', like: 'sources[].select', fallback: 'all' }),
    expect: z.array(serviceName).default([]).meta({
      description: 'Services that are there even when they are empty, so that a consumer that names them still starts.',
    }),
    vars: z
      .record(z.string(), anyValue)
      .default({})
      .meta({ description: 'Values for this target’s templates, over those of the same name in `vars`.' }),
    ...kindShape,
    check: checkSchema
      .exactOptional()
      .meta({ doc: 'command or map', description: 'A command, or a map of a command and its timeout.' }),
    reload: reloadSchema.exactOptional().meta({ description: 'Without it, the consumer is taken to look by itself.' }),
    confirm: confirmSchema.exactOptional().meta({ description: 'Needs a `reload`.' }),
  })
  .meta({ oneOf: kindNames.map((kind) => ({ required: [kind] })), dependencies: { confirm: ['reload'] } })
  .superRefine((target, context) => {
    if (target.check?.command.some((word) => word.includes(STAGED)) !== true) return;
    for (const kind of kindNames) {
      const options = target[kind];
      const why = options === undefined ? undefined : whyNotStaged(kind, options);
      if (why !== undefined) context.addIssue({ code: 'custom', path: ['check'], message: why });
    }
  });
