import * as z from 'zod';
import { durationPattern, longestDuration, parseDuration } from './duration.js';

/**
 * The schema of a duration such as `500ms`, `2s` or `10m`. Its output is in milliseconds.
 *
 * @param least the least value, in milliseconds. Default 0.
 */
export function duration(least = 0) {
  return z
    .string({
      error: (issue) =>
        typeof issue.input === 'number' ? `a duration needs a unit: ${issue.input}s or ${issue.input}ms` : undefined,
    })
    .transform((text, context) => {
      const value = parseDuration(text);
      if (value === undefined) context.addIssue(`${JSON.stringify(text)} is no duration: write 500ms, 2s, 10m or 1h`);
      else if (value > longestDuration) context.addIssue('must be at most 24h');
      else if (value < least) context.addIssue(`must be at least ${least}ms`);
      return value ?? z.NEVER;
    })
    .meta({ doc: 'duration', pattern: durationPattern });
}
