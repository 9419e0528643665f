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

/**
 * A duration for people: `850ms`, `12.3s`, `3m20s`, `2h5m`. `parseDuration` reads it.
 *
 * @param ms milliseconds, 0 or more
 */
export function formatDuration(ms: number): string {
  if (Math.round(ms) < 1000) return `${Math.round(ms)}ms`;
  if (Math.round(ms / 100) < 600) return `${Math.round(ms / 100) / 10}s`;
  const seconds = Math.round(ms / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const parts =
    hours > 0 ? [`${hours}h`, minutes > 0 && `${minutes}m`] : [`${minutes}m`, seconds % 60 > 0 && `${seconds % 60}s`];
  return parts.filter((part) => part !== false).join('');
}
