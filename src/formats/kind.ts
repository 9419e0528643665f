import type { z } from 'zod';
import type { Format } from '../model/format.js';
import type { KeyLayout } from './keys/layout.js';
import type { Locator } from './keys/locate.js';

/** What a source says of itself that formats need to know. */
export interface FormatContext {
  /** True: a value may name another service than its key. False: such a registration is rejected. Default false. */
  readonly trustValue?: boolean | undefined;
  /** What every key begins with, up to a slash: patterns count the segments after it. Default `''`. */
  readonly base?: string | undefined;
  /** Where service and id stand. Default: what is usual for the format. */
  readonly key?: string | undefined;
  /** The service of keys that name none. */
  readonly service?: string | undefined;
}

/** The same, ready for use. */
export interface DecodeContext {
  readonly trustValue: boolean;
  /** Finds service and id in a key. */
  readonly keys: Locator;
}

/** One format: the options that the config may give it, and how it is made of them. */
export interface FormatKind<Options extends z.ZodObject> {
  readonly options: Options;
  /** Absent: its keys name no service. */
  readonly keys?: KeyLayout;
  /** A directory marker (an empty value under a key that ends in a slash) is never handed to `decode`. */
  create(options: z.output<Options>, context: DecodeContext): Omit<Format, 'keys'>;
}

/** Lets the compiler tie `create` to `options`. */
export function defineFormat<Options extends z.ZodObject>(kind: FormatKind<Options>): FormatKind<Options> {
  return kind;
}
