import type { Instance, Service } from '../../model/instance.js';
import { findNameOwners } from '../../model/name-owners.js';
import type { Quarantine } from '../../model/view.js';
import { parseHostName } from './host-names.js';
import type { HostName, NoHostName } from './host-names.js';

/** Where an instance claims names, and how long they may be. */
export interface Rule {
  readonly key: string;
  readonly beginning: string;
  readonly longest: number | undefined;
}

/** The names that one instance claims. */
interface Names {
  /** By host name: false when it is claimed only with a port. */
  readonly valid: ReadonlyMap<string, boolean>;
  /** What is wrong, by the text as registered. */
  readonly odd: ReadonlyMap<string, string>;
}

const noNames: Names = { valid: new Map(), odd: new Map() };

export function isInstance(value: unknown): value is Instance {
  const { service, metadata, tags } = (value ?? {}) as Readonly<Partial<Record<keyof Instance, unknown>>>;
  if (typeof service !== 'string' || typeof metadata !== 'object' || metadata === null || !Array.isArray(tags))
    return false;
  return Object.values(metadata).every(isText) && tags.every(isText);
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

export function namesOf(instance: Instance, rule: Rule): Names {
  const texts = textsOf(instance, rule);
  if (texts.length === 0) return noNames;
  return memoize(instance, `names${JSON.stringify(rule)}`, () => {
    const valid = new Map<string, boolean>();
    const odd = new Map<string, string>();
    for (const each of texts) {
      const parsed = parseHostName(each, rule.longest);
      if ('problem' in parsed) odd.set(each, parsed.problem);
      else valid.set(parsed.host, valid.get(parsed.host) === true || !parsed.hadPort);
    }
    return { valid, odd };
  });
}

function textsOf({ metadata, tags }: Instance, { key, beginning }: Rule): readonly string[] {
  const hosts = key !== '' && Object.hasOwn(metadata, key) ? (metadata[key] ?? '').split(/[\s,]+/) : [];
  if (beginning !== '') for (const tag of tags) if (tag.startsWith(beginning)) hosts.push(tag.slice(beginning.length));
  return hosts.filter((host) => host !== '');
}

export function belowDomain(name: string, domain: string): string {
  return domain === '' ? name : `${name}.${domain}`;
}

export function parseOwnName(name: string, domain: string, longest?: number): HostName | NoHostName {
  const parsed = parseHostName(belowDomain(name, domain), longest);
  if ('problem' in parsed) return parsed;
  return parsed.hadPort || name.includes('*')
    ? { problem: 'a service cannot have a port or "*" in its own name' }
    : parsed;
}

const memoized = new WeakMap<object, Map<string, unknown>>();

/** Unchanged services are the same objects in each view, so the result for an object is computed once. */
function memoize<T extends object>(object: object, key: string, compute: () => T): T {
  const found = memoized.get(object) ?? new Map<string, unknown>();
  memoized.set(object, found);
  const before = found.get(key) as T | undefined;
  if (before !== undefined) return before;
  const value = compute();
  found.set(key, value);
  return value;
}

/** The first instance of a service that claims a host name. `plain`: some instance claims it without a port. */
interface FirstClaim {
  readonly instance: Instance;
  plain: boolean;
}

export function firstClaims(service: Service, rule: Rule): ReadonlyMap<string, FirstClaim> {
  return memoize(service, `first${JSON.stringify(rule)}`, () => {
    const first = new Map<string, FirstClaim>();
    for (const instance of service.instances)
      for (const [host, plain] of namesOf(instance, rule).valid) {
        const before = first.get(host);
        if (before === undefined) first.set(host, { instance, plain });
        else before.plain ||= plain;
      }
    return first;
  });
}

export function claimantsOf(services: readonly Service[], rule: Rule): ReadonlyMap<string, Service> {
  return memoize(services, `claimants${JSON.stringify(rule)}`, () => {
    const claimants = new Map<string, { readonly service: Service; readonly priority: number }>();
    for (const service of services)
      for (const [host, { plain }] of firstClaims(service, rule)) {
        const priority = priorityOf(service) + (plain ? 1 : 0);
        if (priority > (claimants.get(host)?.priority ?? -1)) claimants.set(host, { service, priority });
      }
    return new Map([...claimants].map(([host, { service }]) => [host, service]));
  });
}

function priorityOf({ expected, instances }: Service): number {
  return (expected ? 4 : 0) + (instances.some(({ status }) => status !== 'critical') ? 2 : 0);
}

/** The services whose own name below the domain is a host name, by that name. */
export function ownersOf(services: readonly Service[], domain: string): ReadonlyMap<string, Service> {
  return memoize(services, `owners${domain}`, () =>
    findNameOwners(services, (service) => {
      const own = memoize(service, `own${domain}`, () => parseOwnName(service.name, domain));
      return 'host' in own ? own.host : undefined;
    }),
  );
}

/** Odd names of one service that are reported one by one: a registrant decides how many there are. */
const mostOddNames = 10;

interface OddName {
  readonly instance: Instance;
  readonly told: Quarantine;
}

export function oddNamesOf(service: Service, rule: Rule): readonly OddName[] {
  return memoize(service, `odd${JSON.stringify(rule)}`, () => {
    const first = new Map<string, OddName>();
    for (const instance of service.instances)
      for (const [name, problem] of namesOf(instance, rule).odd)
        if (!first.has(name)) first.set(name, { instance, told: tellOmitted(service.name, name, problem) });
    const names = [...first.values()];
    const [next] = names.slice(mostOddNames);
    if (next === undefined) return names;
    const more = tellOmitted(service.name, '', `${names.length - mostOddNames} more`);
    return [...names.slice(0, mostOddNames), { instance: next.instance, told: more }];
  });
}

/** The report never contains a text that does not resemble a name or a URL, because it may be a misplaced secret. */
export function tellOmitted(service: string, name: string, problem: string): Quarantine {
  const hostName = /^[\p{L}\p{M}\p{N}._:*/[\]-]{1,80}$/u.test(name) ? name : '';
  return { service, hostName, reason: `left out of the host names: ${problem}` };
}
