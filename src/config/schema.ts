import * as z from 'zod';
import { etcdSchema } from '../etcd/schema.js';
import { variable } from './name.js';
import { sourceSchema } from './source.js';
import { targetSchema } from './target.js';

/** The whole config file. Strict everywhere: a key that is not known is an error. */
export const configSchema = z.strictObject({
  etcd: etcdSchema.prefault({}),
  stateDir: z.string().min(1).default('/var/lib/rollcall'),
  env: z.array(variable).default([]),
  vars: z.record(z.string(), z.unknown()).default({}),
  partials: z
    .record(
      z.string().regex(/^[\w-]+(\/[\w-]+)*$/, 'may hold letters, digits, dashes, underscores and slashes'),
      z.string().min(1),
    )
    .default({}),
  sources: z.array(sourceSchema).min(1),
  targets: z.array(targetSchema).min(1),
});

/** A config as parsed: defaults in place, durations in milliseconds, paths absolute. */
export type Config = z.output<typeof configSchema>;
