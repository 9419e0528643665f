import type { z } from 'zod';
import type { Format } from '../model/format.js';

/** What a source says of itself that formats need to know. */
export interface FormatContext {
  /** True: a value may name another service than its key. False: such a registration is rejected. */
  readonly trustValue?: boolean;
}

/** One format: the options that the config may give it, and how it is made of them. */
export interface FormatKind<Options extends z.ZodObject> {
  readonly options: Options;
  create(options: z.output<Options>, context: FormatContext): Format;
}

/** Lets the compiler tie `create` to `options`. */
export function defineFormat<Options extends z.ZodObject>(kind: FormatKind<Options>): FormatKind<Options> {
  return kind;
}
