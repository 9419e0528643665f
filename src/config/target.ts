import * as z from 'zod';
import { STAGED, checkSchema, confirmSchema, haproxyRuntimeSchema, reloadSchema } from '../reload/schema.js';
import type { TargetKinds } from '../targets/kinds.js';
import { guardSchema } from '../guard/schema.js';
import { name, serviceName } from './name.js';
import { filterSchema } from './source.js';

/** Any YAML, for templates. */
export const anyValue = z.unknown().meta({ description: 'One value of any type.' });

const inputs = {
  name: name.meta({ doc: 'name', description: 'Name of the target in logs and commands. It must be unique.' }),
  sources: z
    .array(z.string())
    .min(1)
    .exactOptional()
    .meta({ description: 'Names of the sources that the target uses.', fallback: 'all sources' }),
  select: filterSchema
    .exactOptional()
    .meta({ description: 'Filter for instances.', like: 'sources[].select', fallback: 'all' }),
  expect: z.array(serviceName).default([]).meta({
    description:
      'Services that are in the outputs even without instances, so that a consumer that refers to them still starts.',
  }),
  guard: guardSchema.prefault({}).meta({
    doc: 'map or `off`',
    description:
      'What is held when much of it disappears from etcd at once. `off`: the outputs follow every answer of etcd at once.',
    fallback: 'on',
  }),
  vars: z.record(z.string(), anyValue).default({}).meta({
    description:
      'Values for the templates of this target. They replace values of the same name in `vars` of the config.',
  }),
};

const consumer = {
  check: checkSchema.exactOptional().meta({
    doc: 'command or map',
    description: 'The check of new outputs: a command, or a map of a command and its timeout.',
  }),
  reload: reloadSchema.exactOptional().meta({
    description:
      'The reload after a change. Without it, rollcall assumes that the consumer reads changed outputs by itself.',
  }),
  haproxyRuntime: haproxyRuntimeSchema.exactOptional().meta({
    description:
      'The admin socket of a running HAProxy, for a target of `files` with its backends. Servers then change without a reload; `reload` does the rest.',
  }),
  confirm: confirmSchema
    .exactOptional()
    .meta({ description: 'A probe after a reload that shows its effect. Needs a `reload`.' }),
};

type CommonSchema = z.ZodObject<typeof inputs & typeof consumer, z.core.$strict>;

/** A parsed target: the keys of all kinds, and the block of its own kind, which `TargetKinds.blocksOf` finds. */
export type TargetConfig = z.output<CommonSchema> & Readonly<Record<string, unknown>>;

/** The schema of one item of `targets`, of one of these kinds. */
export function createTargetSchema(kinds: TargetKinds) {
  const blocks = Object.fromEntries(kinds.all.map(({ key, schema }) => [key, z.exactOptional(schema)]));
  const schema = z
    .strictObject({ ...inputs, ...blocks, ...consumer })
    .meta({
      oneOf: kinds.keys.map((key) => ({ required: [key] })),
      dependencies: { confirm: ['reload'], haproxyRuntime: ['reload', 'files'] },
    })
    .superRefine((target, context) => {
      const { check } = target as TargetConfig;
      if (check?.command.some((word) => word.includes(STAGED)) !== true) return;
      for (const { kind, options } of kinds.blocksOf(target)) {
        const why = kind.whyNotStaged(options);
        if (why !== undefined) context.addIssue({ code: 'custom', path: ['check'], message: why });
      }
    });
  // The keys of the blocks are known only at run time: the compiler cannot distinguish them from those of `inputs`.
  return schema as z.ZodType<TargetConfig, z.input<CommonSchema> & Readonly<Record<string, unknown>>>;
}
