import { z } from 'zod';
import { autoOptions } from './auto.js';
import type { AutoOptions } from './auto.js';
import { resolveChoice } from './choice.js';
import type { AutoChoice } from './choice.js';
import { formats } from './registry.js';
import type { ResolvedSpec } from './registry.js';

/** A source's format as the config has it: `auto`, or one that is settled. */
export type FormatSpec = ({ name: 'auto' } & AutoOptions) | ResolvedSpec;

type Kinds = { readonly auto: { readonly options: typeof autoOptions } } & typeof formats;

/**
 * `auto` or the name of a format of docs/formats.md: alone (`'json'`), or with the options that differ from their defaults
 * (`{ name: 'json', zeroWeight: 'unset' }`).
 */
export type FormatOption =
  keyof Kinds | { [N in keyof Kinds]: { readonly name: N } & Readonly<z.input<Kinds[N]['options']>> }[keyof Kinds];

const named = Object.entries({ auto: { options: autoOptions }, ...formats }).map(([name, { options }]) =>
  z.strictObject({
    name: z.literal(name).meta({ doc: 'name of a format', description: 'One of those in formats.md.' }),
    ...options.shape,
  }),
);

/** Every format that a config may name. */
export const formatNames: readonly string[] = ['auto', ...Object.keys(formats)];

/**
 * A format's name, or a strict object of the name and the format's own options:
 * `json`, `{ name: json, zeroWeight: unset }`. The name alone means every option's default.
 */
export const formatSchema = z
  .preprocess(
    (value) => (typeof value === 'string' ? { name: value } : value),
    z.discriminatedUnion('name', named as [(typeof named)[number], ...typeof named]),
  )
  .meta({ doc: 'text or map', short: formatNames }) as unknown as z.ZodType<FormatSpec, string | { name: string }>;

/** The spec with `auto` replaced by what it was decided to be; any other spec is settled already. */
export function resolveSpec(spec: FormatSpec, decided: AutoChoice): ResolvedSpec {
  return spec.name === 'auto' ? resolveChoice(decided, spec) : spec;
}
