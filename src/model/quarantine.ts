import type { Service } from './instance.js';
import type { Quarantine, View } from './view.js';

/**
 * The view without what breaks its target. A service that loses its last instance goes too, unless it is expected: then
 * it stays, empty. What loses nothing is the same object as before, the view included.
 */
export function withoutQuarantined(view: View, quarantined: readonly Quarantine[]): View {
  const whole = new Set<string>();
  const single = new Map<string, Set<string>>();
  for (const { service, instance } of quarantined) {
    if (instance === undefined) whole.add(service);
    else {
      const places = single.get(service) ?? new Set<string>();
      single.set(service, places.add(placeOf(instance)));
    }
  }
  let changed = false;
  const services: Service[] = [];
  for (const service of view.services) {
    const places = single.get(service.name);
    const instances = whole.has(service.name)
      ? []
      : service.instances.filter((instance) => places?.has(placeOf(instance)) !== true);
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

function placeOf({ id, key, address, port }: NonNullable<Quarantine['instance']>): string {
  return JSON.stringify([id, key, address, port]);
}
