import * as z from 'zod';
import { messageOf } from '../model/errors.js';

/**
 * `safeParse` that is as good as its word. zod compares `length` and `size` of what it was given before it refuses its
 * type, so a mapping with such a key, and a mapping without a usable `toString` below it, make it throw.
 */
export function parseSafely<S extends z.ZodType>(schema: S, data: unknown): z.ZodSafeParseResult<z.output<S>> {
  try {
    return schema.safeParse(data);
  } catch (error) {
    const message = `cannot be read as a config: ${messageOf(error)}`;
    return { success: false, error: new z.ZodError([{ code: 'custom', path: [], input: data, message }]) as never };
  }
}
