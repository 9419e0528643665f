import type { Service } from './instance.js';

/**
 * Who has a name, where several services come to the same one: the expected one, which consumers refer to by that name,
 * else the one that is written in lower case, so that nobody takes a name over by registering `WEB`, else the first.
 *
 * @param nameOf the name as the consumer knows it; undefined: the service has none
 */
export function findNameOwners(
  services: readonly Service[],
  nameOf: (service: Service) => string | undefined,
): ReadonlyMap<string, Service> {
  const holders = new Map<string, Service>();
  for (const service of services) {
    const name = nameOf(service);
    if (name === undefined) continue;
    const holder = holders.get(name);
    if (holder === undefined || namePriority(service) > namePriority(holder)) holders.set(name, service);
  }
  return holders;
}

/** The service with the greater claim has a name that several come to; of equal ones the first. */
export function namePriority({ name, expected }: Service): number {
  return (expected ? 2 : 0) + (name === name.toLowerCase() ? 1 : 0);
}
