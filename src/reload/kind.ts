import type * as z from 'zod';
import { duration } from '../model/duration-schema.js';
import type { Reload } from '../ports/reload.js';
import type { ReloadRuntime } from './runtime.js';

/** The keys that every kind of reload has, in milliseconds after parsing. */
export const timing = {
  minInterval: duration().prefault('1s').meta({
    description: 'Least time between two reloads. Changes in between become one reload; none is lost.',
  }),
  timeout: duration(1).prefault('30s').meta({ description: 'Time for one reload.' }),
};

/** Makes the reload of one kind. Its options are the part of the parsed `reload` block that it needs. */
export type ReloadMaker<O> = (options: O, runtime: ReloadRuntime) => Reload;

/**
 * The description of one way to make a consumer load its outputs: a key of the config's `reload` block, and the schema of the block. The
 * description is pure and cheap. `load` imports the code of the kind; it is called only when a config uses the kind.
 */
export interface ReloadKind<S extends z.ZodObject> {
  /** The key of `schema` that chooses this kind. */
  readonly key: string;
  /** The whole `reload` block of this kind. */
  readonly schema: S;
  load(): Promise<{ readonly createReload: ReloadMaker<z.output<S>> }>;
}
