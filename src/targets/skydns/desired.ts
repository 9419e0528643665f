import { createHash } from 'node:crypto';
import { findNameOwners } from '../../model/name-owners.js';
import type { Instance, Service } from '../../model/instance.js';
import { compareText } from '../../model/order.js';
import type { Quarantine, View } from '../../model/view.js';
import type { Desired } from '../../ports/target.js';
import { keyOfName, problemOfLabel, problemOfMeaning } from './name.js';

/** The settings of the `skydns` block that decide the records. */
export interface RecordOptions {
  readonly prefix: string;
  readonly domain: string;
  readonly owner: string;
  readonly ttl?: number | undefined;
  readonly priority?: number | undefined;
  /** Milliseconds: the time of the lease that all keys have. Default: no lease. */
  readonly lease?: number | undefined;
  /** Seconds, by name of the instance's source. Default: `ttl`. */
  readonly sourceTtl?: Readonly<Record<string, number>> | undefined;
  /** Each value names its service as its group, so a service may have a name below that of another one. Default: false. */
  readonly groups?: boolean | undefined;
}

export interface DesiredRecords extends Desired {
  /** Value by key, sorted by key. */
  readonly records: ReadonlyMap<string, string>;
}

interface Named {
  readonly service: Service;
  /** Lower case, without the domain. */
  readonly name: string;
}

/**
 * Makes one key for each instance that takes traffic. Draining and critical instances are left out, and so is weight 0, which
 * CoreDNS would read as 100. A service whose name is no DNS name, or would answer for another service, is quarantined.
 */
export function desiredRecords(options: RecordOptions, { services }: View): DesiredRecords {
  const { named, quarantined } = nameServices(options, services);
  const records: [string, string][] = [];
  for (const { service, name } of named)
    for (const instance of service.instances)
      if (instance.status === 'passing' && instance.weight > 0)
        records.push([keyOf(options, name, instance), valueOf(options, name, instance)]);
  return { records: new Map(records.sort(([a], [b]) => compareText(a, b))), quarantined };
}

/** Hex SHA-256 over keys and values. */
export function digestSkydns({ records }: DesiredRecords): string {
  return createHash('sha256')
    .update(JSON.stringify([...records]))
    .digest('hex');
}

function nameServices(
  options: RecordOptions,
  services: readonly Service[],
): { named: Named[]; quarantined: Quarantine[] } {
  const named = new Map<string, Named>();
  const quarantined: Quarantine[] = [];
  const problems = new Map(services.map((service) => [service, problemOfName(lower(service), options.domain)]));
  // DNS names are case-insensitive.
  const holders = findNameOwners(services, (service) =>
    problems.get(service) === undefined ? lower(service) : undefined,
  );
  const refuse = (service: Service, why: string): void => {
    quarantined.push({ service: service.name, reason: `it cannot have a name below ${options.domain}: ${why}` });
  };
  for (const service of services) {
    const name = lower(service);
    const problem = problems.get(service);
    const holder = holders.get(name);
    if (problem !== undefined) refuse(service, problem);
    else if (holder === undefined || holder === service) named.set(name, { service, name });
    else
      refuse(
        service,
        `service ${holder.name} already has this name (the expected, the lower-case or the first service gets it)`,
      );
  }
  for (const { service, name } of options.groups === true ? [] : [...named.values()]) {
    const above = parentsOf(name).find((parent) => named.has(parent));
    if (above === undefined) continue;
    refuse(service, `CoreDNS would also answer with its instances for service ${above}`);
    named.delete(name);
  }
  return { named: [...named.values()], quarantined };
}

function lower({ name }: Service): string {
  return name.toLowerCase();
}

function problemOfName(name: string, domain: string): string | undefined {
  const labels = name.split('.');
  for (const label of labels) {
    const problem = problemOfLabel(label);
    if (problem !== undefined) return `a label ${problem}`;
  }
  // RFC 1035 section 3.1: 255 octets on the wire are 253 characters. The leaf label and its dot are added to the name.
  if (name.length + 1 + domain.length + leafLength + 1 > 253) return 'it is too long';
  return problemOfMeaning(labels);
}

/** The names above: for `a.b.c`, `b.c` and `c`. */
function parentsOf(name: string): string[] {
  const labels = name.split('.');
  return labels.slice(1).map((_, index) => labels.slice(index + 1).join('.'));
}

const leafLength = 12;

function keyOf({ prefix, domain }: RecordOptions, name: string, { address, port }: Instance): string {
  const leaf = createHash('sha256')
    .update(JSON.stringify([address, port]))
    .digest('hex')
    .slice(0, leafLength);
  return `${keyOfName(prefix, `${name}.${domain}`)}/${leaf}`;
}

/** The fields of a SkyDNS message in a fixed order; CoreDNS ignores `owner`. */
function valueOf(options: RecordOptions, name: string, instance: Instance): string {
  const { owner, priority, groups } = options;
  const { address, port, weight } = instance;
  const group = groups === true ? name : undefined;
  return JSON.stringify({ host: address, port, weight, priority, ttl: ttlOf(options, instance), group, owner });
}

/** A registration that states a shorter time in its metadata has this one. */
function ttlOf({ ttl, sourceTtl = {} }: RecordOptions, { source, metadata }: Instance): number | undefined {
  const configured = Object.hasOwn(sourceTtl, source) ? sourceTtl[source] : ttl;
  const stated = /^[1-9]\d{0,4}$/.test(metadata.ttl ?? '') ? Number(metadata.ttl) : undefined;
  if (configured === undefined || stated === undefined) return configured ?? stated;
  return Math.min(configured, stated);
}
