import type { z } from 'zod';
import type { Format } from '../model/format.js';
import { json } from './json.js';
import type { FormatContext, FormatKind } from './kind.js';
import { plain } from './plain.js';
import { raw } from './raw.js';

/** Every format by its name in the config. A new one is one file and one line here. */
export const formats = { plain, json, raw };

type FormatName = keyof typeof formats;

/** A format and its options, complete: what the config's schema hands on, or what `auto` was settled to. */
export type SettledSpec = { [N in FormatName]: { name: N } & z.output<(typeof formats)[N]['options']> }[FormatName];

/** The format that a spec names. Never throws. */
export function createFormat(spec: SettledSpec, context: FormatContext = {}): Format {
  const kind: FormatKind<z.ZodObject> = formats[spec.name];
  return kind.create(spec, context);
}
