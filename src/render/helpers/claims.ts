import type { Instance, Service } from '../../model/instance.js';
import { instanceType } from '../shape.js';
import { any, describeType, keyOf, present, string } from '../types.js';
import type { Struct } from '../types.js';
import { createWeakCache } from './weak-cache.js';
import { anything, defineViewHelper, text } from './define.js';
import { problemOfName } from './names.js';

/** A host name, and the service that it leads to. */
interface Claim {
  readonly host: string;
  readonly holder: string;
}

const claim: Struct = {
  kind: 'struct',
  name: 'Claim',
  fields: {
    host: { type: string, doc: 'Lower case.' },
    holder: { type: string, doc: 'Name of the service that holds it.' },
  },
};

const noClaims: readonly Claim[] = [];

export const hostClaims = defineViewHelper({
  name: 'hostClaims',
  parameters: [anything('instance'), text('key'), text('beginning'), text('domain')],
  doc: "The host names that an instance claims, if it is the first instance of its service that claims them. An instance claims host names in its metadata under the key (separated by commas or blanks) and in its tags after the beginning; `''` for either reads no names there. Each claim has `host` in lower case and `holder`, the service that gets the name: the service whose own name it is below the domain; else, of the claiming services, an expected one, one with an instance that is not critical, or the first. A claim that is not a host name rejects the instance.",
  example: '{{#each (hostClaims this "host" "host=" "")}}{{host}} {{holder}}{{/each}}',
  returns: () => ({ kind: 'list', of: claim }),
  check: ({ args: [type = any] }) =>
    type.kind === 'any' || keyOf(present(type)) === keyOf(instanceType)
      ? undefined
      : { message: `hostClaims takes an instance, not ${describeType(type)}`, argument: 0 },
  run: ([instance, key, beginning, domain], call) => {
    if (!isInstance(instance)) return call.fail('hostClaims takes an instance, and this value is not one');
    const hosts = hostsOf(instance, key, beginning);
    if (hosts.length === 0) return noClaims;
    for (const host of hosts) {
      const problem = problemOfName(host);
      if (problem !== undefined) return call.fail(`it claims a name that is not a host name: ${problem}`);
    }
    const { services } = call.view;
    const claimants = claimantsOf(services, key, beginning);
    const service = call.findService(instance.service);
    const claims = hosts.flatMap((host): Claim[] => {
      if (service === undefined || firstClaimants(service, key, beginning).get(host) !== instance) return [];
      const holder = call.holderOf(withoutDomain(host, domain)) ?? claimants.get(host) ?? service;
      return [{ host, holder: holder.name }];
    });
    return claims.length === 0 ? noClaims : claimCache.get(JSON.stringify(claims), () => claims);
  },
});

/** Equal claims are one object, so the render cache can reuse texts made from them. */
const claimCache = createWeakCache<readonly Claim[]>();

function isInstance(value: unknown): value is Instance {
  const { service, metadata, tags } = (value ?? {}) as Readonly<Partial<Record<keyof Instance, unknown>>>;
  if (typeof service !== 'string' || typeof metadata !== 'object' || metadata === null || !Array.isArray(tags))
    return false;
  return Object.values(metadata).every(isText) && tags.every(isText);
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

/** The claimed host names in lower case, without repetitions. */
function hostsOf({ metadata, tags }: Instance, key: string, beginning: string): readonly string[] {
  const hosts = key !== '' && Object.hasOwn(metadata, key) ? (metadata[key] ?? '').split(/[\s,]+/) : [];
  if (beginning !== '') for (const tag of tags) if (tag.startsWith(beginning)) hosts.push(tag.slice(beginning.length));
  return [...new Set(hosts.filter((host) => host !== '').map((host) => host.toLowerCase()))];
}

/** The host without the domain at its end; `''`, which no service has as its name, when it does not end in the domain. */
function withoutDomain(host: string, domain: string): string {
  if (domain === '') return host;
  const end = `.${domain.toLowerCase()}`;
  return host.endsWith(end) ? host.slice(0, -end.length) : '';
}

const memoized = new WeakMap<object, Map<string, ReadonlyMap<string, unknown>>>();

/** Unchanged services are the same objects in each view, so the result for an object is computed once. */
function memoize<T>(object: object, key: string, compute: () => ReadonlyMap<string, T>): ReadonlyMap<string, T> {
  const found = memoized.get(object) ?? new Map<string, ReadonlyMap<string, unknown>>();
  memoized.set(object, found);
  const before = found.get(key) as ReadonlyMap<string, T> | undefined;
  if (before !== undefined) return before;
  const value = compute();
  found.set(key, value);
  return value;
}

function firstClaimants(service: Service, key: string, beginning: string): ReadonlyMap<string, Instance> {
  return memoize(service, JSON.stringify([key, beginning]), () => {
    const first = new Map<string, Instance>();
    for (const instance of service.instances)
      for (const host of hostsOf(instance, key, beginning)) if (!first.has(host)) first.set(host, instance);
    return first;
  });
}

function claimantsOf(services: readonly Service[], key: string, beginning: string): ReadonlyMap<string, Service> {
  return memoize(services, JSON.stringify([key, beginning]), () => {
    const claimants = new Map<string, Service>();
    for (const service of services)
      for (const host of firstClaimants(service, key, beginning).keys()) {
        const before = claimants.get(host);
        if (before === undefined || priorityOf(service) > priorityOf(before)) claimants.set(host, service);
      }
    return claimants;
  });
}

function priorityOf({ expected, instances }: Service): number {
  return (expected ? 2 : 0) + (instances.some(({ status }) => status !== 'critical') ? 1 : 0);
}
