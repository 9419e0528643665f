import type { Instance } from './instance.js';

/** @param random 0 <= random < 1. @returns undefined when there is no instance to pick. */
export type Picker = (random: number) => Instance | undefined;

/**
 * Picks instances in proportion to their weights. It never picks instances that are draining, critical or of weight 0, because
 * they get no new traffic. The cost of a pick is logarithmic.
 */
export function createPicker(instances: readonly Instance[]): Picker {
  const candidates = instances.filter(({ status, weight }) => status === 'passing' && weight > 0);
  let total = 0;
  // The sum of the weights up to and including each instance.
  const sums = candidates.map(({ weight }) => (total += weight));
  return (random) => {
    const point = random * total;
    let low = 0;
    let high = candidates.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((sums[middle] ?? 0) > point) high = middle;
      else low = middle + 1;
    }
    return candidates[low];
  };
}
