import type * as z from 'zod';
import { duration } from '../model/duration-schema.js';
import type { Reload } from '../ports.js';
import type { ReloadRuntime } from './runtime.js';

/** What every reload has, whatever its kind: milliseconds between two reloads, and for one. */
export const pace = {
  minInterval: duration().prefault('1s').meta({
    description: 'Least time between two reloads. What changes in between is merged, never dropped.',
  }),
  timeout: duration(1).prefault('30s').meta({ description: 'Time for one reload.' }),
};

/** Makes the reload of one kind. Its options are what it needs of the parsed `reload` block. */
export type ReloadMaker<O> = (options: O, runtime: ReloadRuntime) => Reload;

/**
 * One way to make a consumer take its outputs up, described: a key of the config's `reload` block, and the schema of the block. The
 * description is pure and cheap; the code that does it is loaded when a config uses the kind.
 */
export interface ReloadKind<S extends z.ZodObject> {
  /** The key of `schema` that chooses this kind. */
  readonly key: string;
  /** The whole `reload` block of this kind. */
  readonly schema: S;
  load(): Promise<{ readonly createReload: ReloadMaker<z.output<S>> }>;
}
