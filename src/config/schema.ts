import * as z from 'zod';
import { adminSchema } from '../admin/schema.js';
import { electionSchema } from '../election/schema.js';
import { etcdSchema } from '../etcd/schema.js';
import { variable } from './name.js';
import { kubernetesSchema } from '../kubernetes/schema.js';
import { sourceSchema } from './source.js';
import type { TargetKinds } from '../targets/kinds.js';
import { targetKinds } from '../targets/registry.js';
import { anyValue, createTargetSchema } from './target.js';

export type { TargetConfig } from './target.js';

const common = {
  etcd: etcdSchema
    .prefault({})
    .meta({ description: 'The etcd that the sources read. `ETCDCTL_*` variables replace missing keys.' }),
  kubernetes: kubernetesSchema.prefault({}).meta({
    description:
      'The cluster of `configMap`, `secret` and `endpointSlices` targets and of rollouts. Nothing else uses it.',
  }),
  stateDir: z.string().min(1).default('/var/lib/rollcall').meta({
    doc: 'path',
    description:
      'Directory for data that must survive a restart. rollcall creates it with mode 0700. One process uses it at a time. Only root and the user of rollcall may have write permission in it and in the directories above it.',
  }),
  admin: adminSchema.prefault({}).meta({
    description: 'The status of the running process over HTTP. A socket in `stateDir` answers without this block, too.',
  }),
  election: electionSchema.optional().meta({
    description:
      'The election of the one process that writes cluster-wide targets, when several processes have this config. Other targets need none.',
    fallback: 'this is the only process',
  }),
  env: z.array(variable).default([]).meta({
    description:
      'Environment variables of rollcall that templates and commands may read. `ETCDCTL_*` variables are refused.',
  }),
  vars: z.record(z.string(), anyValue).default({}).meta({ description: 'Values that every template reads as `vars`.' }),
  partials: z
    .record(
      z.string().regex(/^[\w-]+(\/[\w-]+)*$/, 'may hold letters, digits, dashes, underscores and slashes'),
      z.string().min(1).meta({
        doc: 'path',
        description: 'The file of one partial. Names have letters, digits, dashes, underscores and slashes.',
      }),
    )
    .default({})
    .meta({ description: 'Partials: files that templates include as `{{> NAME}}`.' }),
  sources: z.array(sourceSchema).min(1).meta({ description: 'The sources that rollcall reads: at least one.' }),
};

function createConfigSchema(kinds: TargetKinds) {
  const targets = z.array(createTargetSchema(kinds));
  return z.strictObject({ ...common, targets: targets.min(1).meta({ description: ofTargets }) });
}

const ofTargets =
  'The targets that rollcall writes: at least one. A target is one consumer and all outputs that change together for it.';

const schemas = new WeakMap<TargetKinds, ReturnType<typeof createConfigSchema>>();

/** The schema of the config file with targets of these kinds. An unknown key is an error at every level. */
export function configSchemaOf(kinds: TargetKinds): ReturnType<typeof createConfigSchema> {
  const known = schemas.get(kinds) ?? createConfigSchema(kinds);
  schemas.set(kinds, known);
  return known;
}

/** The schema of the config file with all kinds of targets of rollcall. */
export const configSchema = configSchemaOf(targetKinds);

/** A parsed config: defaults are filled in, durations are in milliseconds, paths are absolute. */
export type Config = z.output<typeof configSchema>;
