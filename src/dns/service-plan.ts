import type { Instance, Service } from '../model/instance.js';
import type { Quarantine } from '../model/view.js';
import { labelInstances } from './instance-names.js';
import { isWithin, labelFor, problemOfLabel } from './labels.js';
import type { PlanOptions } from './options.js';
import { addressData, createRecordSets, nameData, srvData, txtData, type RecordSet } from './record-set.js';
import { describeInstance } from './txt.js';

/** The records of one service in one zone. */
export interface ServicePlan {
  /** The service's label; undefined when it has none. */
  readonly label: string | undefined;
  /** The label is made from a name that is none. */
  readonly isMapped: boolean;
  /** By name, then by type. All names are within the zone, and no other service has one of them. */
  readonly sets: readonly RecordSet[];
  /** Each address of the service, with the name of its instance: for reverse zones. */
  readonly pointers: readonly { readonly address: string; readonly name: string }[];
  /** The service or some of its instances cannot be in the zone. Then the plan is not to be used. */
  readonly rejected: readonly Quarantine[];
  /** Single names and fields that are left out. */
  readonly omitted: readonly Quarantine[];
}

/** The most names of a service that are told apart. */
const mostOmitted = 5;
/** Seconds, for a registration that states its own. */
const mostTtl = 2 ** 31 - 1;

/**
 * Plans the records of one service from itself alone. Draining and critical instances and those of weight 0 have no records. An expected
 * service without any other instance has the SRV target ".": it is not available (RFC 2782).
 */
export function planService(service: Service, options: PlanOptions): ServicePlan {
  const { zone, names, priority } = options;
  const { most } = names;
  const plain = service.name.toLowerCase();
  const problem = problemOfLabel(plain, most.service);
  if (problem !== undefined && options.unfit === 'reject')
    return refuse(service, `it cannot have a name in ${zone}: ${problem}`);
  const label = labelFor(service.name, most.service);
  const live = service.instances.filter(({ status, weight }) => status === 'passing' && weight > 0);
  const rejected = live.flatMap((instance) => rejectInstance(instance, options));
  const { labels, collisions } = labelInstances(live, most.instance);
  const nameOf = (instance: Instance): string =>
    names.name('instance', { service: label, instance: labels.get(instance) ?? '' }) ?? '';
  const sets = createRecordSets();
  const omitted = createOmitted(service);
  const own = [names.name('service', { service: label }), names.name('srv', { service: label })];
  const claimed = new Map<string, string>([...live.map((instance) => [nameOf(instance), describe(instance)] as const)]);
  for (const name of [...own, ...claimed.keys()]) {
    const other = name === undefined ? undefined : options.taken(name);
    if (other !== undefined) return refuse(service, `${name ?? ''} is also the name of ${other}`);
  }

  /** Addresses of a name; a single host name is an alias (RFC 1034 section 3.6.2). Host names beside others have SRV records only. */
  const addAddresses = (name: string, instances: readonly Instance[]): void => {
    const hosts = new Set(instances.flatMap(({ family, address }) => (family === 'name' ? [address] : [])));
    const [host = ''] = hosts;
    if (instances.every(({ family }) => family === 'name') && hosts.size === 1)
      for (const instance of instances) sets.add(name, ttlOf(instance, options), nameData('CNAME', host));
    for (const instance of instances)
      if (instance.family !== 'name')
        sets.add(name, ttlOf(instance, options), addressData(instance.address, instance.family));
  };
  const addServers = (name: string, instances: readonly Instance[]): void => {
    for (const instance of instances) {
      const { weight, port, family, address } = instance;
      // RFC 2782: the target is no alias, so a host name is its own target.
      const target = family === 'name' ? address : nameOf(instance);
      sets.add(name, ttlOf(instance, options), srvData(priority, weight, port, target));
    }
  };

  for (const { instance, label: wanted, holder } of collisions)
    omitted.add(
      names.name('instance', { service: label, instance: wanted }) ?? wanted,
      `${describe(holder)} has the name that ${describe(instance)} would have; its name is ${nameOf(instance)}`,
    );
  const [address, srv] = own;
  if (address !== undefined) {
    claimed.set(address, 'the service itself');
    addAddresses(address, live);
  }
  if (srv !== undefined && live.length > 0) addServers(srv, live);
  if (srv !== undefined && live.length === 0 && service.expected) sets.add(srv, options.ttl, srvData(0, 0, 0, ''));
  for (const [name, instances] of groupBy(live, (instance) => [nameOf(instance)])) {
    addAddresses(name, instances);
    addText(name, instances);
  }
  // DNS names are case-insensitive (RFC 4343).
  for (const [scheme, instances] of groupBy(live, ({ scheme: text }) => (text === '' ? [] : [text.toLowerCase()])))
    addNamed('scheme', scheme, addServers, instances);
  for (const [tag, instances] of groupBy(live, ({ tags }) => new Set(tags.map((tag) => tag.toLowerCase()))))
    addNamed('tag', tag, addAddresses, instances);

  function addNamed(
    kind: 'scheme' | 'tag',
    text: string,
    add: (name: string, instances: readonly Instance[]) => void,
    instances: readonly Instance[],
  ): void {
    const name = names.name(kind, { service: label, [kind]: text });
    if (name === undefined) return;
    const unfit = problemOfLabel(text, most[kind]);
    const holder = options.taken(name) ?? claimed.get(name);
    // A reason holds no value of a registration, and a tag or scheme is one.
    if (unfit !== undefined) omitted.add(text, `this ${kind} has no name: ${unfit}`);
    else if (holder !== undefined) omitted.add(name, `a ${kind} would have this name, but ${holder} has it`);
    else add(name, instances);
  }

  function addText(name: string, instances: readonly Instance[]): void {
    const [first] = instances;
    // An alias has no other records (RFC 1034 section 3.6.2).
    if (!first || first.family === 'name' || options.txt.length === 0) return;
    const { strings, tooLong } = describeInstance(first, options.txt);
    if (strings.length > 0) sets.add(name, ttlOf(first, options), txtData(strings));
    for (const field of tooLong)
      omitted.add(name, `its TXT record has no ${field}: it would be longer than 255 octets`);
  }

  return {
    label,
    isMapped: label !== plain,
    sets: rejected.length > 0 ? [] : sets.list(),
    pointers: live.flatMap((instance) =>
      instance.family === 'name' ? [] : [{ address: instance.address, name: nameOf(instance) }],
    ),
    rejected,
    omitted: omitted.list(),
  };
}

function refuse({ name: service }: Service, reason: string): ServicePlan {
  const rejected = [{ service, reason }];
  return { label: undefined, isMapped: false, sets: [], pointers: [], rejected, omitted: [] };
}

/** A target inside the zone must exist: a server refuses the whole zone for one that does not. */
function rejectInstance(
  { service, id, key, address, port, family }: Instance,
  { zone, hasAddress }: PlanOptions,
): readonly Quarantine[] {
  if (family !== 'name' || !isWithin(address, zone) || hasAddress(address)) return [];
  const reason = `its host name is in the zone ${zone}, which has no such address: register an address, or add a static record`;
  return [{ service, instance: { id, key, address, port }, reason }];
}

/** A registration that states a shorter time in its metadata, as SkyDNS registrations do, has this one. */
function ttlOf({ source, metadata }: Instance, { ttl, sourceTtl }: PlanOptions): number {
  const configured = Object.hasOwn(sourceTtl, source) ? (sourceTtl[source] ?? ttl) : ttl;
  const stated = /^[1-9]\d{0,9}$/.test(metadata.ttl ?? '') ? Number(metadata.ttl) : mostTtl;
  return Math.min(configured, stated);
}

function groupBy(
  instances: readonly Instance[],
  keysOf: (instance: Instance) => Iterable<string>,
): Map<string, Instance[]> {
  const groups = new Map<string, Instance[]>();
  for (const instance of instances)
    for (const key of keysOf(instance)) {
      const group = groups.get(key);
      if (group) group.push(instance);
      else groups.set(key, [instance]);
    }
  return groups;
}

function describe({ id, key }: Instance): string {
  return `instance ${id} (${key})`;
}

function createOmitted({ name: service }: Service): { add(name: string, reason: string): void; list(): Quarantine[] } {
  const all: Quarantine[] = [];
  let more = 0;
  return {
    add(name, reason) {
      if (all.length < mostOmitted) all.push({ service, hostName: name.slice(0, 80), reason });
      else more += 1;
    },
    list: () => (more === 0 ? all : [...all, { service, hostName: '', reason: `${more} more names are left out` }]),
  };
}
