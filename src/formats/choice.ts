import type { z } from 'zod';
import { recognised } from './fingerprints.js';
import type { Recognised } from './fingerprints.js';
import type { jsonOptions } from './json.js';
import type { SettledSpec } from './registry.js';

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
  json: ({ depth, defaultPort, fields, zeroWeight }) => ({ depth, defaultPort, fields, zeroWeight }),
  plain: ({ depth, defaultPort }) => ({ depth, defaultPort }),
  nerve: ({ depth, defaultPort }) => ({ depth, defaultPort }),
  'grpc-endpoints': ({ depth, defaultPort }) => ({ depth: pathOf(depth), defaultPort }),
  'jetcd-resolver': ({ depth }) => ({ depth: pathOf(depth) }),
  skydns: ({ defaultPort }) => ({ root: '/skydns', defaultPort }),
  kratos: () => ({ namespace: '/microservices' }),
};

/** 1 is what a `depth` is that nobody has set; to formats of paths it is one like any other. */
function pathOf(depth: number): number | undefined {
  return depth === 1 ? undefined : depth;
}

/** The format that was decided on, with those of the options that it knows; otherwise as its name alone in the config. */
export function settleChoice(choice: AutoChoice, options: Options): SettledSpec {
  // That these are the options of its schema, a test holds.
  return { name: choice, ...handed[choice]?.(options) } as SettledSpec;
}
