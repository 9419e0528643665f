import ipaddr from 'ipaddr.js';
import type { Instance } from '../../model/instance.js';

/** One endpoint of a slice (https://kubernetes.io/docs/reference/kubernetes-api/service-resources/endpoint-slice-v1/). */
export interface Endpoint {
  /** A canonical IP literal. */
  readonly address: string;
  /** It takes new connections. False: it drains. */
  readonly isReady: boolean;
  /** '' when it is unknown, or no value of a label. */
  readonly zone: string;
}

/** What all endpoints of a slice have in common. */
export interface GroupKey {
  readonly family: 'ipv4' | 'ipv6';
  readonly port: number;
  /** As Kubernetes writes it; '' without one. */
  readonly appProtocol: string;
}

/** The names of protocols in Kubernetes (https://kubernetes.io/docs/concepts/services-networking/service/#application-protocol). */
const appProtocols: ReadonlyMap<string, string> = new Map([
  ['http', 'http'],
  ['https', 'https'],
  ['grpc', 'grpc'],
  ['h2c', 'kubernetes.io/h2c'],
  ['ws', 'kubernetes.io/ws'],
  ['wss', 'kubernetes.io/wss'],
]);

/** The number of a protocol: '' has 0. Their order must not change, because the names of slices have it. */
export function indexOfProtocol(appProtocol: string): number {
  return ['', ...appProtocols.values()].indexOf(appProtocol);
}

/** '' for a scheme that Kubernetes has no name for. */
export function appProtocolOf(scheme: string): string {
  return appProtocols.get(scheme.toLowerCase()) ?? '';
}

const refusedRanges: ReadonlyMap<string, string> = new Map([
  ['loopback', 'a loopback address'],
  ['linkLocal', 'a link-local address'],
  ['multicast', 'a multicast address'],
  ['broadcast', 'the broadcast address'],
  ['unspecified', 'the unspecified address'],
]);

/** Why an instance cannot be an endpoint, as a clause; undefined when it can. The API server refuses a slice with such an address. */
export function problemOfInstance({ family, address }: Pick<Instance, 'family' | 'address'>): string | undefined {
  if (family === 'name') return 'its address is a host name, and an EndpointSlice takes IP addresses only';
  const what = refusedRanges.get(ipaddr.parse(address).range());
  return what === undefined ? undefined : `its address is ${what}, and Kubernetes has no such endpoints`;
}

/** The endpoint as one line of a text. */
export function describeEndpoint({ address, isReady, zone }: Endpoint): string {
  return `${address} ${isReady ? 'ready' : 'draining'}${zone === '' ? '' : ` zone ${zone}`}`;
}

export function isSameEndpoint(a: Endpoint, b: Endpoint): boolean {
  return a.address === b.address && a.isReady === b.isReady && a.zone === b.zone;
}
