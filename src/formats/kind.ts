import type { z } from 'zod';
import type { Format } from '../model/format.js';
import type { KeyLayout } from './keys/layout.js';
import type { KeyLocator } from './keys/locate.js';

/** The settings of a source that its format needs. */
export interface FormatContext {
  /** True: a value may name another service than its key. False: the format rejects such a registration. Default: false. */
  readonly trustValue?: boolean | undefined;
  /** The source's prefix up to its last slash. Patterns count the segments after it. Default: `''`. */
  readonly base?: string | undefined;
  /** The pattern of the keys. Default: the patterns of the format. */
  readonly key?: string | undefined;
  /** The service of all keys, when the keys name none. */
  readonly service?: string | undefined;
}

/** `FormatContext` with its defaults, and a compiled reader of keys. */
export interface DecodeContext {
  readonly trustValue: boolean;
  /** Reads service and id from a key. */
  readonly keys: KeyLocator;
}

/** One format: its options in the config, its usual keys, and its constructor. */
export interface FormatKind<Options extends z.ZodObject> {
  readonly options: Options;
  /** Absent: the keys name no service. */
  readonly keys?: KeyLayout;
  /** `createFormat` keeps directory markers (an empty value under a key that ends in a slash) from `decode`. */
  create(options: z.output<Options>, context: DecodeContext): Omit<Format, 'keys'>;
}

/** Returns its argument. The compiler infers the type of `create` from `options`. */
export function defineFormat<Options extends z.ZodObject>(kind: FormatKind<Options>): FormatKind<Options> {
  return kind;
}
