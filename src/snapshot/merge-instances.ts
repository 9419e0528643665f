import type { Instance, Service } from '../model/instance.js';
import { sortInstances } from '../model/order.js';

/** Merges the instances of one service from several sources. Of instances with the same address and port, the first source's stays. */
export function mergeInstances(parts: readonly Service[]): readonly Instance[] {
  const taken = new Set<string>();
  const merged: Instance[] = [];
  for (const { instances } of parts) {
    for (const instance of instances) {
      const endpoint = `${instance.host}:${instance.port}`;
      if (taken.has(endpoint)) continue;
      taken.add(endpoint);
      merged.push(instance);
    }
  }
  return sortInstances(merged);
}
