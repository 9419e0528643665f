import { z } from 'zod';
import { autoOptions } from './auto.js';
import { resolveChoice } from './choice.js';
import type { AutoChoice, AutoOptions } from './choice.js';
import { formats } from './registry.js';
import type { ResolvedSpec } from './registry.js';

/** A source's format as the config has it: `auto` or a certain format, with options. */
export type FormatSpec = ({ name: 'auto' } & AutoOptions) | ResolvedSpec;

type Kinds = { readonly auto: { readonly options: typeof autoOptions } } & typeof formats;

/**
 * `auto` or the name of a format of docs/formats.md: the name alone (`'json'`), or an object with the name and the options that differ
 * from their defaults (`{ name: 'json', zeroWeight: 'unset' }`).
 */
export type FormatOption =
  keyof Kinds | { [N in keyof Kinds]: { readonly name: N } & Readonly<z.input<Kinds[N]['options']>> }[keyof Kinds];

const specSchemas = Object.entries({ auto: { options: autoOptions }, ...formats }).map(([name, { options }]) =>
  z.strictObject({
    name: z.literal(name).meta({ doc: 'name of a format', description: 'A name from formats.md.' }),
    ...options.shape,
  }),
);

/** Every format that a config may name. */
export const formatNames: readonly string[] = ['auto', ...Object.keys(formats)];

/**
 * A format's name, or a strict object of the name and the format's own options: `json`, `{ name: json, zeroWeight: unset }`. With the name
 * alone, every option has its default.
 */
export const formatSchema = z
  .preprocess(
    (value) => (typeof value === 'string' ? { name: value } : value),
    z.discriminatedUnion('name', specSchemas as [(typeof specSchemas)[number], ...typeof specSchemas]),
  )
  .meta({ doc: 'text or map', short: formatNames }) as unknown as z.ZodType<FormatSpec, string | { name: string }>;

/** Replaces `auto` by the decided format; returns any other spec unchanged. */
export function resolveSpec(spec: FormatSpec, decided: AutoChoice): ResolvedSpec {
  return spec.name === 'auto' ? resolveChoice(decided, spec) : spec;
}
