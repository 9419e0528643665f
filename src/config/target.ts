import * as z from 'zod';
import { STAGED, checkSchema, confirmSchema, reloadSchema } from '../reload/schema.js';
import type { TargetKinds } from '../targets/kinds.js';
import { name, serviceName } from './name.js';
import { filterSchema } from './source.js';

/** Any YAML, for templates. */
export const anyValue = z.unknown().meta({ description: 'One value, of any shape.' });

const inputs = {
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
};

const consumer = {
  check: checkSchema
    .exactOptional()
    .meta({ doc: 'command or map', description: 'A command, or a map of a command and its timeout.' }),
  reload: reloadSchema.exactOptional().meta({ description: 'Without it, the consumer is taken to look by itself.' }),
  confirm: confirmSchema.exactOptional().meta({ description: 'Needs a `reload`.' }),
};

type CommonSchema = z.ZodObject<typeof inputs & typeof consumer, z.core.$strict>;

/** A target as parsed: what all have in common, and the block of its kind, which `TargetKinds.blocksOf` finds. */
export type TargetConfig = z.output<CommonSchema> & Readonly<Record<string, unknown>>;

/** One item of `targets`, of one of these kinds. */
export function createTargetSchema(kinds: TargetKinds) {
  const blocks = Object.fromEntries(kinds.all.map(({ key, schema }) => [key, z.exactOptional(schema)]));
  const schema = z
    .strictObject({ ...inputs, ...blocks, ...consumer })
    .meta({ oneOf: kinds.keys.map((key) => ({ required: [key] })), dependencies: { confirm: ['reload'] } })
    .superRefine((target, context) => {
      const { check } = target as TargetConfig;
      if (check?.command.some((word) => word.includes(STAGED)) !== true) return;
      for (const { kind, options } of kinds.blocksOf(target)) {
        const why = kind.whyNotStaged(options);
        if (why !== undefined) context.addIssue({ code: 'custom', path: ['check'], message: why });
      }
    });
  // Which keys the blocks have is only known when this runs: the compiler cannot tell them from those of `inputs`.
  return schema as z.ZodType<TargetConfig, z.input<CommonSchema> & Readonly<Record<string, unknown>>>;
}
