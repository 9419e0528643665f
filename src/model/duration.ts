const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** The longest duration in a config or on a command line: a day, in milliseconds. Timers of more than 2^31 - 1 ms fire at once. */
export const longestDuration = 86_400_000;

/** A regular expression for the texts that `parseDuration` accepts. */
export const durationPattern = '^(0|(\\d+(\\.\\d+)?(ms|s|m|h))+)$';

/**
 * Parses a duration: a decimal number with `ms`, `s`, `m` or `h`, or several of these in a row (`1m30s`). `0` needs no unit.
 * Returns milliseconds, or undefined when the text is no duration.
 */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  if (!new RegExp(durationPattern).test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g))
    total += Number(amount) * (units[unit ?? ''] ?? NaN);
  return total;
}
