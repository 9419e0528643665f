/**
 * Counts of observed values, in the shape of a Prometheus histogram. It is made of plain numbers, so that an observation costs a few
 * additions and nothing has to be loaded for it.
 */
export interface Histogram {
  /** Upper bounds, ascending. A value that equals a bound counts as below it. */
  readonly bounds: readonly number[];
  /** How many values fell between the bound before and this one. The last count is that of the values above all bounds. */
  readonly counts: number[];
  sum: number;
}

export function createHistogram(bounds: readonly number[]): Histogram {
  return { bounds, counts: [...bounds, Infinity].map(() => 0), sum: 0 };
}

/** Adds a value. A negative value, which a clock can cause, counts as 0. */
export function observe(histogram: Histogram, value: number): void {
  const { bounds, counts } = histogram;
  let at = 0;
  while (at < bounds.length && value > (bounds[at] ?? Infinity)) at += 1;
  counts[at] = (counts[at] ?? 0) + 1;
  histogram.sum += Math.max(0, value);
}
