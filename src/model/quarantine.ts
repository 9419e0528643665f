import type { Service } from './instance.js';
import type { Quarantine, View } from './view.js';

/**
 * The view without what is quarantined for its target. A service that loses its last instance is removed, but an expected
 * service stays, empty. Services that lose nothing, and a view that loses nothing, stay the same object.
 */
export function withoutQuarantined(view: View, quarantined: readonly Quarantine[]): View {
  // A host name is no part of the view.
  const removed = quarantined.filter(({ hostName }) => hostName === undefined);
  const out = new Set(removed.map(identifyQuarantine));
  const touched = new Set(removed.map(({ service }) => service));
  let changed = false;
  const services: Service[] = [];
  for (const service of view.services) {
    if (!touched.has(service.name)) {
      services.push(service);
      continue;
    }
    const instances = out.has(identifyQuarantine({ service: service.name }))
      ? []
      : service.instances.filter((instance) => !out.has(identifyQuarantine({ service: service.name, instance })));
    if (instances.length === service.instances.length) {
      services.push(service);
      continue;
    }
    changed = true;
    if (instances.length > 0 || service.expected)
      services.push(Object.freeze({ ...service, instances: Object.freeze(instances) }));
  }
  return changed ? Object.freeze({ ...view, services: Object.freeze(services) }) : view;
}

/** A text that is equal for two quarantines of the same instance, host name or whole service, whatever their reasons. */
export function identifyQuarantine({
  service,
  instance,
  hostName,
}: Pick<Quarantine, 'service' | 'instance' | 'hostName'>): string {
  if (hostName !== undefined) return JSON.stringify([service, hostName]);
  return JSON.stringify(instance ? [service, instance.id, instance.key, instance.address, instance.port] : [service]);
}
