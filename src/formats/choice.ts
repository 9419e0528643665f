import type { z } from 'zod';
import { recognisedFormats } from './fingerprints.js';
import type { RecognisedFormat } from './fingerprints.js';
import type { jsonOptions } from './json.js';
import type { ResolvedSpec } from './registry.js';

/** A format that `auto` can decide on. */
export type AutoChoice = RecognisedFormat | 'json' | 'plain';

/** In the order in which they win a tie: the formats with the strictest grammar come first. */
export const autoChoices: readonly AutoChoice[] = [...recognisedFormats, 'json', 'plain'];

/** Whether `auto` of this version can decide on a format of this name. A stored name may come from another version. */
export function isAutoChoice(name: string | undefined): name is AutoChoice {
  return autoChoices.some((choice) => choice === name);
}

/** The options of `auto`. */
export type AutoOptions = z.output<typeof jsonOptions>;

/** The options of `auto` that each format takes over. A format that is absent takes none and uses the defaults of its schema. */
const pickOptions: Partial<Record<AutoChoice, (options: AutoOptions) => object>> = {
  json: ({ defaultPort, fields, zeroWeight }) => ({ defaultPort, fields, zeroWeight }),
  plain: ({ defaultPort }) => ({ defaultPort }),
  nerve: ({ defaultPort }) => ({ defaultPort }),
  'grpc-endpoints': ({ defaultPort }) => ({ defaultPort }),
  skydns: ({ defaultPort }) => ({ defaultPort }),
};

/** The decided format with those options of `auto` that it has. Its other options have their defaults. */
export function resolveChoice(choice: AutoChoice, options: AutoOptions): ResolvedSpec {
  // A test checks that these are options of the format's schema.
  return { name: choice, ...pickOptions[choice]?.(options) } as ResolvedSpec;
}
