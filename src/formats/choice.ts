import type { z } from 'zod';
import { recognised } from './fingerprints.js';
import type { Recognised } from './fingerprints.js';
import type { jsonOptions } from './json.js';
import type { ResolvedSpec } from './registry.js';

/** What `auto` can turn out to be. */
export type AutoChoice = Recognised | 'json' | 'plain';

/** In the order in which they win a tie: the more it takes to be taken for one, the sooner. */
export const autoChoices: readonly AutoChoice[] = [...recognised, 'json', 'plain'];

/** Whether a name, kept by another version perhaps, is one that `auto` can turn out to be here. */
export function isAutoChoice(name: string | undefined): name is AutoChoice {
  return autoChoices.some((choice) => choice === name);
}

type Options = z.output<typeof jsonOptions>;

/** What each format is handed on; of those that are not here, nothing. Their own defaults stand as in their schemas. */
const handed: Partial<Record<AutoChoice, (options: Options) => object>> = {
  json: ({ defaultPort, fields, zeroWeight }) => ({ defaultPort, fields, zeroWeight }),
  plain: ({ defaultPort }) => ({ defaultPort }),
  nerve: ({ defaultPort }) => ({ defaultPort }),
  'grpc-endpoints': ({ defaultPort }) => ({ defaultPort }),
  skydns: ({ defaultPort }) => ({ defaultPort }),
};

/** The format that was decided on, with those of the options that it knows; otherwise as its name alone in the config. */
export function resolveChoice(choice: AutoChoice, options: Options): ResolvedSpec {
  // That these are the options of its schema, a test holds.
  return { name: choice, ...handed[choice]?.(options) } as ResolvedSpec;
}
