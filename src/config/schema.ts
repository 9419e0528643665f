import * as z from 'zod';
import { etcdSchema } from '../etcd/schema.js';
import { variable } from './name.js';
import { sourceSchema } from './source.js';
import type { TargetKinds } from '../targets/kinds.js';
import { targetKinds } from '../targets/registry.js';
import { anyValue, createTargetSchema } from './target.js';

export type { TargetConfig } from './target.js';

const common = {
  etcd: etcdSchema
    .prefault({})
    .meta({ description: 'The etcd that is read. `ETCDCTL_*` variables fill what it leaves out.' }),
  stateDir: z.string().min(1).default('/var/lib/rollcall').meta({
    doc: 'path',
    description:
      'Folder for what must survive a restart. It is made with mode 0700, and one rollcall uses it at a time. Only root and the user of rollcall may write on the way to it.',
  }),
  env: z.array(variable).default([]).meta({
    description: 'Variables of rollcall’s environment that templates and commands may read. `ETCDCTL_*` are refused.',
  }),
  vars: z.record(z.string(), anyValue).default({}).meta({ description: 'Values for every template, as `vars`.' }),
  partials: z
    .record(
      z.string().regex(/^[\w-]+(\/[\w-]+)*$/, 'may hold letters, digits, dashes, underscores and slashes'),
      z.string().min(1).meta({
        doc: 'path',
        description: 'The file of one piece. Names have letters, digits, dashes, underscores and slashes.',
      }),
    )
    .default({})
    .meta({ description: 'Pieces that templates include as `{{> NAME}}`.' }),
  sources: z.array(sourceSchema).min(1).meta({ description: 'What is read, at least one.' }),
};

function createConfigSchema(kinds: TargetKinds) {
  const targets = z.array(createTargetSchema(kinds));
  return z.strictObject({ ...common, targets: targets.min(1).meta({ description: ofTargets }) });
}

const ofTargets =
  'What is written, at least one. One target is one consumer, and everything that changes for it together.';

const schemas = new WeakMap<TargetKinds, ReturnType<typeof createConfigSchema>>();

/** The whole config file with targets of these kinds. Strict everywhere: a key that is not known is an error. */
export function configSchemaOf(kinds: TargetKinds): ReturnType<typeof createConfigSchema> {
  const known = schemas.get(kinds) ?? createConfigSchema(kinds);
  schemas.set(kinds, known);
  return known;
}

/** The whole config file with the kinds of targets that rollcall has. */
export const configSchema = configSchemaOf(targetKinds);

/** A config as parsed: defaults in place, durations in milliseconds, paths absolute. */
export type Config = z.output<typeof configSchema>;
