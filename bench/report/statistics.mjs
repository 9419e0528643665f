// Numbers made from several runs. Pure.

/** The `q` quantile of the samples, `q` from 0 to 1; undefined without samples. */
export function percentile(samples, q) {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
}

/** The middle one of the samples, or the mean of the middle two. */
function medianOf(samples) {
  const sorted = [...samples].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** Median, least and greatest of the samples, which may be undefined; undefined when all of them are. */
export function summarize(samples) {
  const known = samples.filter((sample) => sample !== undefined);
  if (known.length === 0) return undefined;
  return { median: medianOf(known), min: Math.min(...known), max: Math.max(...known), runs: known.length };
}

/**
 * The factor between two alternating cases: each run is compared with the run of the other case beside it, so that a change in the
 * load of the machine meets both. Runs that only one of the cases has do not count.
 *
 * @param ours, theirs records with `run` and the figure `key`
 */
export function compare(ours, theirs, key) {
  const others = new Map(theirs.map((record) => [record.run, record[key]]));
  return summarize(
    ours.map((record) => {
      const other = others.get(record.run);
      return record[key] === undefined || !(other > 0) ? undefined : record[key] / other;
    }),
  );
}
