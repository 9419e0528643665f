const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Of what a config or a command line may ask for: a day. Timers of more than 2^31 - 1 ms would fire at once. */
export const longestDuration = 86_400_000;

/** What `parseDuration` takes, as a regular expression. */
export const durationPattern = '^(0|(\\d+(\\.\\d+)?(ms|s|m|h))+)$';

/**
 * Milliseconds of a duration as people write it: a decimal number and `ms`, `s`, `m` or `h`, also several in a row
 * (`1m30s`). `0` needs no unit. Undefined when the text is no duration.
 */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  if (!new RegExp(durationPattern).test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g))
    total += Number(amount) * (units[unit ?? ''] ?? NaN);
  return total;
}
