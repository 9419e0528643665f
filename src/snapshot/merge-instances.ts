import type { Instance, Service } from '../model/instance.js';
import { sortInstances } from '../model/order.js';

/** The instances of one service from several sources, one per address and port: the source named first has it. */
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
