import * as z from 'zod';
import { etcdSchema } from '../etcd/schema.js';
import { variable } from './name.js';
import { sourceSchema } from './source.js';
import { anyValue, targetSchema } from './target.js';

/** The whole config file. Strict everywhere: a key that is not known is an error. */
export const configSchema = z.strictObject({
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
  targets: z.array(targetSchema).min(1).meta({
    description:
      'What is written, at least one. One target is one consumer, and everything that changes for it together.',
  }),
});

/** A config as parsed: defaults in place, durations in milliseconds, paths absolute. */
export type Config = z.output<typeof configSchema>;
