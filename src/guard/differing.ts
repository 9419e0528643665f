import type { Service } from '../model/instance.js';
import { compareText } from '../model/order.js';

/** Adds the names of the services that are not the same object in both lists. The lists are sorted by name. No other service is read. */
export function addDiffering(names: Set<string>, a: readonly Service[], b: readonly Service[]): void {
  if (a === b) return;
  let [left, right] = [0, 0];
  while (left < a.length || right < b.length) {
    const [one, other] = [a[left], b[right]];
    if (one === other) {
      left += 1;
      right += 1;
      continue;
    }
    const order = one === undefined ? 1 : other === undefined ? -1 : compareText(one.name, other.name);
    if (one && order <= 0) names.add(one.name);
    if (other && order >= 0) names.add(other.name);
    if (order <= 0) left += 1;
    if (order >= 0) right += 1;
  }
}

/** The service of this name in a list that is sorted by name. */
export function findService(services: readonly Service[], name: string): Service | undefined {
  let [low, high] = [0, services.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareText(services[middle]?.name ?? '', name) < 0) low = middle + 1;
    else high = middle;
  }
  const found = services[low];
  return found?.name === name ? found : undefined;
}
