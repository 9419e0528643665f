import type { Service } from './instance.js';

/**
 * The owner of each name, when several services map to the same name in a consumer: an expected service first, because consumers
 * refer to it; then a service in lower case, so that a registrant cannot take over a name by registering `WEB`; then the first.
 *
 * @param nameOf the consumer's name for the service; undefined when it has none
 */
export function findNameOwners(
  services: readonly Service[],
  nameOf: (service: Service) => string | undefined,
): ReadonlyMap<string, Service> {
  const owners = new Map<string, Service>();
  for (const service of services) {
    const name = nameOf(service);
    if (name === undefined) continue;
    const owner = owners.get(name);
    if (owner === undefined || namePriority(service) > namePriority(owner)) owners.set(name, service);
  }
  return owners;
}

/** The service with the greatest number owns a name that several services map to; of equal ones, the first. */
export function namePriority({ name, expected }: Service): number {
  return (expected ? 2 : 0) + (name === name.toLowerCase() ? 1 : 0);
}
