// Which puts a resync may have delayed. Pure.

/** A put belongs to a resync when its wait touches this time, in ms, after the resync has begun. */
const reach = 100;

/**
 * @param timed puts with the wall time `at` of their start and their delay `ms`
 * @param ticks wall times at which resyncs began
 * @returns delays in ms, `during` and `between` resyncs, and the number of resyncs that met a put
 */
export function splitByResync(timed, ticks) {
  const during = [];
  const between = [];
  const met = new Set();
  for (const { at, ms } of timed) {
    if (ms === undefined) continue;
    const tick = ticks.find((time) => at < time + reach && at + ms > time);
    if (tick !== undefined) met.add(tick);
    (tick === undefined ? between : during).push(ms);
  }
  return { during, between, resyncs: met.size };
}
