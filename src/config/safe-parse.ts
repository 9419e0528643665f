import * as z from 'zod';
import { messageOf } from '../model/errors.js';

/**
 * `safeParse` of zod that never throws. zod compares `length` and `size` of a value before it refuses the type. So it throws
 * for a map with such a key, if that key holds a map without a usable `toString`.
 */
export function parseSafely<S extends z.ZodType>(schema: S, data: unknown): z.ZodSafeParseResult<z.output<S>> {
  try {
    // Otherwise zod compiles code for each schema, which is worth its time only for many values.
    return schema.safeParse(data, { jitless: true });
  } catch (error) {
    const message = `cannot be read as a config: ${messageOf(error)}`;
    return { success: false, error: new z.ZodError([{ code: 'custom', path: [], input: data, message }]) as never };
  }
}
