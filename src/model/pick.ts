import type { Instance } from './instance.js';

/** @param random 0 <= random < 1. @returns undefined when there is nobody to be picked. */
export type Picker = (random: number) => Instance | undefined;

/**
 * Picks among instances, each as often as its weight says. Those that drain, are critical or have the weight 0 get no new traffic and
 * are not picked. A pick costs the logarithm of their number.
 */
export function createPicker(instances: readonly Instance[]): Picker {
  const open = instances.filter(({ status, weight }) => status === 'passing' && weight > 0);
  let total = 0;
  // What the weights up to and with each one add up to.
  const sums = open.map(({ weight }) => (total += weight));
  return (random) => {
    const point = random * total;
    let low = 0;
    let high = open.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((sums[middle] ?? 0) > point) high = middle;
      else low = middle + 1;
    }
    return open[low];
  };
}
