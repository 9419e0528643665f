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

/** 97.5 % quantiles of Student's t distribution with 1, 2, ... degrees of freedom. Beyond, that of the normal distribution is near enough. */
const quantiles = [
  ...[12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228],
  ...[2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11, 2.101, 2.093, 2.086],
];

/**
 * The relative difference of two alternating cases, as the mean of the pairs of runs and its 95 % interval. Undefined with less than two pairs.
 *
 * @param ours, theirs records with `run` and the figure `key`
 */
export function differenceOf(ours, theirs, key) {
  const others = new Map(theirs.map((record) => [record.run, record[key]]));
  const samples = ours.flatMap((record) => {
    const other = others.get(record.run);
    return record[key] === undefined || !(other > 0) ? [] : record[key] / other - 1;
  });
  const { length } = samples;
  if (length < 2) return undefined;
  const mean = samples.reduce((sum, sample) => sum + sample, 0) / length;
  const variance = samples.reduce((sum, sample) => sum + (sample - mean) ** 2, 0) / (length - 1);
  const half = (quantiles[length - 2] ?? 1.96) * Math.sqrt(variance / length);
  return { mean, low: mean - half, high: mean + half, pairs: length };
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
