import type { Instance } from '../model/instance.js';

/** Names in one list of a log line; `and N more` follows. */
const maxNames = 20;
/** Characters of a service and an id, or of a key, in one name: registrants choose them. */
const maxName = 120;

/** The names of the first items, and how many more there are. @param total the number of all, if `items` are only some */
export function listNames<T>(items: readonly T[], nameOf: (item: T) => string, total = items.length): string[] {
  const names = items.slice(0, maxNames).map(nameOf);
  return total > names.length ? [...names, `and ${total - names.length} more`] : names;
}

/** `web/a1 10.0.0.5:8080` */
export function nameInstance(instance: Instance): string {
  return `${shorten(`${instance.service}/${instance.id}`)} ${nameEndpoint(instance)}`;
}

/** `10.0.0.5:8080`, `[2001:db8::1]:80` */
export function nameEndpoint({ host, port }: Pick<Instance, 'host' | 'port'>): string {
  return `${host}:${port}`;
}

export function shorten(name: string): string {
  return name.length > maxName ? `${name.slice(0, maxName)}…` : name;
}
