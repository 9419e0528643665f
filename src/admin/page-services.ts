import type { ListedInstance, StatusReader } from '../ports/running-process.js';
import type { ServicePage } from './wire.js';

/**
 * One page of services: whole services, until there are `limit` instances or more.
 *
 * @param after `next` of the page before
 * @returns undefined when `after` is no such value
 */
export function pageServices(
  reader: Pick<StatusReader, 'services'>,
  limit: number,
  after: string | undefined,
): ServicePage | undefined {
  const place = after === undefined ? undefined : parsePlace(after);
  if (after !== undefined && !place) return undefined;
  const services: ServicePage['services'] = [];
  let count = 0;
  for (const listed of reader.services(place)) {
    const [first] = listed;
    if (!first) continue;
    if (count >= limit) {
      const last = services.at(-1);
      return { services, next: last ? showPlace(last) : null };
    }
    const { source, service } = first.instance;
    services.push({ source, service, instances: listed.map(describeInstance) });
    count += listed.length;
  }
  return { services, next: null };
}

function describeInstance({ instance, secret }: ListedInstance): ServicePage['services'][number]['instances'][number] {
  const { id, key, address, port, status, weight, scheme, zone, version, tags, metadata } = instance;
  const details = { scheme, zone, version, tags: [...tags], metadata: { ...metadata } };
  return { id, key, address, port, status, weight, ...(!secret && { details }) };
}

const showPlace = ({ source, service }: { source: string; service: string }): string =>
  Buffer.from(JSON.stringify([source, service])).toString('base64url');

function parsePlace(text: string): { source: string; service: string } | undefined {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    const [source, service] = Array.isArray(parsed) ? (parsed as unknown[]) : [];
    return typeof source === 'string' && typeof service === 'string' ? { source, service } : undefined;
  } catch {
    return undefined;
  }
}
