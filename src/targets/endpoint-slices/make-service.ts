import type { Instance, Service } from '../../model/instance.js';
import { compareText } from '../../model/order.js';
import type { Quarantine } from '../../model/view.js';
import { isLabelValue } from '../kube-objects/meta-schema.js';
import type { DesiredGroup, DesiredService, MadeService } from './desired-service.js';
import {
  appProtocolOf,
  indexOfProtocol,
  describeEndpoint,
  isSameEndpoint,
  problemOfInstance,
  type Endpoint,
  type GroupKey,
} from './endpoint.js';
import { problemOfServiceName } from './name.js';
import type { EndpointSlicesOptions } from './schema.js';

/** Each group is at least one object of the cluster, so registrations must not make any number of them. */
const mostGroups = 100;

export type ServiceOptions = Pick<EndpointSlicesOptions, 'prefix' | 'suffix' | 'servicePort' | 'headless'>;

/**
 * Makes one service. Critical instances are left out. A draining instance, and one of weight 0, is an endpoint that is not ready: DNS does
 * not name it, and open connections stay. Of instances with the same address, port and protocol, one endpoint is made: it is ready if one of
 * them is.
 *
 * @param before the same service as it was made before: what does not change stays the same object
 */
export function makeService(service: Service, options: ServiceOptions, before?: DesiredService): MadeService {
  const name = `${options.prefix}${service.name}${options.suffix}`;
  const refuse = (reason: string): MadeService => ({
    desired: undefined,
    quarantined: [{ service: service.name, reason }],
  });
  const problem = problemOfServiceName(name);
  if (problem !== undefined) return refuse(`its name ${JSON.stringify(name)} ${problem}`);
  const quarantined: Quarantine[] = [];
  const groups = new Map<string, { readonly key: GroupKey; readonly endpoints: Map<string, Endpoint> }>();
  for (const instance of service.instances) {
    if (instance.status === 'critical') continue;
    const fault = problemOfInstance(instance);
    if (fault !== undefined || instance.family === 'name') {
      quarantined.push(quarantineOf(instance, fault ?? ''));
      continue;
    }
    const key = keyOf(instance);
    const id = idOf(key);
    let group = groups.get(id);
    if (!group) groups.set(id, (group = { key, endpoints: new Map() }));
    addEndpoint(group.endpoints, instance);
  }
  const old = new Map(before?.groups.map((group) => [group.id, group]));
  const surplus = new Set(
    surplusOf(
      [...groups.values()].map(({ key }) => idOf(key)),
      old,
    ),
  );
  if (surplus.size > 0)
    for (const instance of service.instances) {
      if (instance.family === 'name' || instance.status === 'critical' || !surplus.has(idOf(keyOf(instance)))) continue;
      const reason = `the service has ${groups.size} combinations of family, port and protocol, and only ${mostGroups} get EndpointSlices`;
      if (problemOfInstance(instance) === undefined) quarantined.push(quarantineOf(instance, reason));
    }
  // A service that has lost all its instances to the quarantine is as if they were not registered.
  if (groups.size === 0 && quarantined.length > 0 && !service.expected) {
    if (quarantined.length === service.instances.length) return { desired: undefined, quarantined };
  }
  const made = [...groups]
    .filter(([id]) => !surplus.has(id))
    .map(([, { key, endpoints }]) => makeGroup(key, [...endpoints.values()], old))
    .sort((a, b) => compareText(a.id, b.id));
  return { desired: describe(name, service.name, made, options, before), quarantined };
}

function addEndpoint(endpoints: Map<string, Endpoint>, { address, status, weight, zone }: Instance): void {
  const other = endpoints.get(address);
  const isReady = (status === 'passing' && weight > 0) || other?.isReady === true;
  endpoints.set(address, { address, isReady, zone: other?.zone ?? (isLabelValue(zone) ? zone : '') });
}

function quarantineOf({ service, id, key, address, port }: Instance, reason: string): Quarantine {
  return { service, instance: { id, key, address, port }, reason };
}

function makeGroup(
  key: GroupKey,
  endpoints: readonly Endpoint[],
  old: ReadonlyMap<string, DesiredGroup>,
): DesiredGroup {
  const id = idOf(key);
  const before = old.get(id);
  const isSame =
    before?.endpoints.length === endpoints.length &&
    before.endpoints.every((endpoint, index) => isSameEndpoint(endpoint, endpoints[index] ?? endpoint));
  return before && isSame ? before : { ...key, id, endpoints, text: textOfGroup(key, endpoints) };
}

function keyOf({ family, port, scheme }: Instance): GroupKey {
  return { family: family === 'ipv6' ? 'ipv6' : 'ipv4', port, appProtocol: appProtocolOf(scheme) };
}

/** Eight hex digits: the family, the port and the number of the protocol. Two groups never have the same. */
function idOf({ family, port, appProtocol }: GroupKey): string {
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
  return `${family === 'ipv4' ? 4 : 6}${hex(port, 4)}${hex(indexOfProtocol(appProtocol), 3)}`;
}

/** The groups beyond the limit. Those that the service had before stay. */
function surplusOf(ids: readonly string[], old: ReadonlyMap<string, DesiredGroup>): readonly string[] {
  if (ids.length <= mostGroups) return [];
  const isNew = (id: string): number => Number(!old.has(id));
  return [...ids].sort((a, b) => isNew(a) - isNew(b) || compareText(a, b)).slice(mostGroups);
}

/** What a reader of the slices of a group finds. @param endpoints in any order */
export function textOfGroup({ family, port, appProtocol }: GroupKey, endpoints: readonly Endpoint[]): string {
  const lines = endpoints.map(describeEndpoint).sort(compareText);
  const head = [family === 'ipv4' ? 'IPv4' : 'IPv6', 'port', port, ...(appProtocol === '' ? [] : [appProtocol])];
  return [head.join(' '), ...lines, ''].join('\n');
}

function describe(
  name: string,
  service: string,
  groups: readonly DesiredGroup[],
  { servicePort, headless }: ServiceOptions,
  before: DesiredService | undefined,
): DesiredService {
  const protocols = new Set(groups.map(({ appProtocol }) => appProtocol));
  const [only = ''] = protocols;
  const appProtocol = protocols.size === 1 ? only : '';
  const isDual = new Set(groups.map(({ family }) => family)).size > 1;
  const text = textOfService({ headless, port: servicePort, appProtocol, isDual: headless && isDual });
  const isSame =
    before?.text === text &&
    before.groups.length === groups.length &&
    before.groups.every((group, index) => group === groups[index]);
  return isSame ? before : { name, service, appProtocol, isDual, groups, text };
}

/** What a reader of the Service finds. */
export function textOfService({
  headless,
  port,
  appProtocol,
  isDual,
}: {
  readonly headless: boolean;
  readonly port: number;
  readonly appProtocol: string;
  readonly isDual: boolean;
}): string {
  return [
    headless ? 'headless' : 'cluster IP',
    `port ${port}${appProtocol === '' ? '' : ` ${appProtocol}`}`,
    ...(isDual ? ['both families'] : []),
    '',
  ].join('\n');
}
