import type * as z from 'zod';
import type { Reload } from '../ports.js';
import { duration } from '../model/duration-schema.js';
import type { ReloadRuntime } from './runtime.js';

/** What every reload has, whatever its kind: milliseconds between two reloads, and for one. */
export const pace = {
  minInterval: duration().prefault('1s').meta({
    description: 'Least time between two reloads. What changes in between is merged, never dropped.',
  }),
  timeout: duration(1).prefault('30s').meta({ description: 'Time for one reload.' }),
};

/** One way to make a consumer take its outputs up: a key of the config's `reload` block, and what it does. */
export interface ReloadKind<S extends z.ZodObject> {
  /** The key of `schema` that chooses this kind. */
  readonly key: string;
  /** The whole `reload` block of this kind. */
  readonly schema: S;
  create(options: z.output<S>, runtime: ReloadRuntime): Reload;
}
