import * as z from 'zod';
import type { Reload } from '../ports/reload.js';
import { commandReload } from './command.js';
import { httpReload } from './http.js';
import type { ReloadKind } from './kind.js';
import type { ReloadRuntime } from './runtime.js';
import { rolloutReload } from './rollout.js';
import { signalReload } from './signal.js';

// A new kind is a description, a maker and one line here.
const kinds = [commandReload, signalReload, httpReload, rolloutReload] as const;

/** The `reload` block: exactly one kind, with its own keys. */
export const reloadSchema = z.union(kinds.map((kind) => kind.schema));

export type ReloadOptions = z.output<typeof reloadSchema>;

/** The reload that a `reload` block describes. Loads the code of its kind. */
export async function createReload(options: ReloadOptions, runtime: ReloadRuntime): Promise<Reload> {
  const kind = kinds.find(({ key }) => key in options);
  if (kind === undefined) throw new TypeError(`no kind of reload has the keys ${Object.keys(options).join(', ')}`);
  // The cast is safe: the schema of the kind whose key the block has parsed the block.
  const maker = await (kind as ReloadKind<z.ZodObject>).load();
  return maker.createReload(options, runtime);
}
