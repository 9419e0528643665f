import type { ClusterAccess } from '../../src/kubernetes/access.js';
import type { Kubernetes } from '../../src/kubernetes/client.js';
import type { KubeObject } from '../../src/kubernetes/resource.js';
import type { View } from '../../src/model/view.js';
import { openStore, type Store } from '../../src/state/store.js';
import { createSlicesReader } from '../../src/targets/endpoint-slices/reader.js';
import { endpointSlicesSchema, type EndpointSlicesOptions } from '../../src/targets/endpoint-slices/schema.js';
import { createSlicesTarget } from '../../src/targets/endpoint-slices/target.js';
import type { ControlPlane } from '../kubernetes/support/control-plane.js';
import { memoryLog, type MemoryLog } from '../support/log.js';
import { memoryDir } from '../support/temp.js';
import { makeNamespace } from './objects-world.js';
import type { ServiceSet, World } from './target.js';

export const slicesOptions = (namespace: string, more: Partial<EndpointSlicesOptions> = {}): EndpointSlicesOptions => ({
  ...endpointSlicesSchema.parse({ namespace }),
  ...more,
});

export const slicesCluster = (kube: Kubernetes, owner = 'world'): ClusterAccess => ({
  ...{ owner, namespace: undefined },
  connect: () => Promise.resolve(kube),
});

/** The address that stands for a port of the suite: all instances of a Service have one port here. */
export const addressOf = (port: number): string => `10.1.${port >> 8}.${port & 255}`;

/** The same view, whose instances differ in their address instead of their port. */
function byAddress(view: View): View {
  return {
    ...view,
    services: view.services.map((service) => ({
      ...service,
      instances: service.instances.map((each) => {
        const address = addressOf(each.port);
        return { ...each, address, host: address, port: 8080 };
      }),
    })),
  };
}

interface FoundSlice extends KubeObject {
  readonly addressType: string;
  readonly ports: readonly { readonly name: string; readonly port: number }[];
  readonly endpoints:
    readonly { readonly addresses: readonly string[]; readonly conditions: { readonly ready: boolean } }[] | null;
}

/** All slices of a namespace, without the code under test. */
export async function readSlices(plane: ControlPlane, namespace: string): Promise<readonly FoundSlice[]> {
  const { status, body } = await plane.api('GET', slicesPath(namespace));
  if (status !== 200) throw new Error(`the slices of ${namespace}: ${status}`);
  return (body as { items: FoundSlice[] }).items;
}

export async function readServices(plane: ControlPlane, namespace: string): Promise<readonly KubeObject[]> {
  const { status, body } = await plane.api('GET', servicesPath(namespace));
  if (status !== 200) throw new Error(`the Services of ${namespace}: ${status}`);
  return (body as { items: KubeObject[] }).items;
}

export const slicesPath = (namespace: string): string =>
  `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`;
export const servicesPath = (namespace: string): string => `/api/v1/namespaces/${namespace}/services`;

const linesOf = (addresses: Iterable<string>): string =>
  ['IPv4 port 8080', ...[...addresses].map((address) => `${address} ready`).sort(), ''].join('\n');

/** Services and slices in a namespace of their own, in a cluster that several worlds share. */
export async function makeSlicesWorld(
  plane: ControlPlane,
  kube: Kubernetes,
): Promise<World & { readonly log: MemoryLog; readonly namespace: string }> {
  const dir = await memoryDir();
  const log = memoryLog();
  const namespace = await makeNamespace(plane);
  let store: Store = await openStore(`${dir}/state`, { log });
  let name = 'world';
  let journal = await store.journal(name);
  const options = slicesOptions(namespace);
  const cluster = slicesCluster(kube);
  const foreign = new Map<string, string>();

  /** The slices of one group, under the name of the group. */
  const groupOf = ({ metadata }: KubeObject): string => `slices ${metadata.name.replace(/-[0-9a-f]{8}-\d+$/, '')}`;

  return {
    dir,
    log,
    namespace,
    get journal() {
      return journal;
    },
    target(more) {
      const target = createSlicesTarget(options, { target: name, journal, cluster, log, ...more });
      return { ...target, desired: (view) => target.desired(byAddress(view)) };
    },
    reader(more) {
      const reader = createSlicesReader(options, { target: name, journal, cluster, ...more });
      return { ...reader, desired: (view) => reader.desired(byAddress(view)) };
    },
    async rename() {
      name = 'renamed';
      journal = await store.journal(name);
    },
    async restart() {
      await store.close();
      store = await openStore(`${dir}/state`, { log });
      journal = await store.journal(name);
    },
    async read() {
      const found = new Map<string, string>();
      for (const { metadata, spec } of await readServices(plane, namespace)) {
        const { ports } = spec as { ports: { name: string; port: number }[] };
        found.set(`service ${metadata.name}`, ports.map((port) => `${port.name} ${port.port}`).join());
      }
      const groups = new Map<string, string[]>();
      for (const slice of await readSlices(plane, namespace)) {
        const group = groupOf(slice);
        const addresses = (slice.endpoints ?? []).map(({ addresses: [first = ''] }) => first);
        groups.set(group, [...(groups.get(group) ?? []), ...addresses]);
      }
      // An address that is in two slices is seen twice here.
      for (const [group, addresses] of groups) found.set(group, linesOf(addresses));
      return found;
    },
    expected: (services: ServiceSet) =>
      new Map([
        ...foreign,
        ...Object.entries(services).flatMap(([service, ports]): [string, string][] => [
          [`service ${service}`, 'main 80'],
          ...(ports.length > 0 ? [[`slices ${service}`, linesOf(ports.map(addressOf))] as [string, string]] : []),
        ]),
      ]),
    async marks() {
      const marks = new Map<string, string>();
      const markOf = ({ metadata: { uid = '', resourceVersion = '' } }: KubeObject): string =>
        `${uid}@${resourceVersion}`;
      for (const service of await readServices(plane, namespace))
        marks.set(`service ${service.metadata.name}`, markOf(service));
      for (const slice of await readSlices(plane, namespace))
        marks.set(groupOf(slice), `${marks.get(groupOf(slice)) ?? ''} ${markOf(slice)}`);
      return marks;
    },
    tempFiles: () => Promise.resolve([]),
    async addForeign() {
      foreign
        .set('service theirs', 'http 81')
        .set('service others', 'http 81')
        .set('slices theirs-x1', linesOf(['10.9.9.9']));
      const spec = { ports: [{ name: 'http', port: 81 }] };
      await plane.api('POST', servicesPath(namespace), { metadata: { name: 'theirs' }, spec });
      const labels = { 'rollcall/owner': 'another', 'rollcall/target': 'world' };
      await plane.api('POST', servicesPath(namespace), { metadata: { name: 'others', labels }, spec });
      await plane.api('POST', slicesPath(namespace), {
        metadata: { name: 'theirs-x1', labels: { 'kubernetes.io/service-name': 'theirs' } },
        ...{ addressType: 'IPv4', ports: [{ name: 'http', port: 8080 }] },
        endpoints: [{ addresses: ['10.9.9.9'] }],
      });
    },
    async meddle() {
      const [web] = (await readSlices(plane, namespace)).filter((slice) => slice.metadata.name.startsWith('web-'));
      const patch = { endpoints: [{ addresses: ['10.66.66.66'], conditions: { ready: true } }] };
      await plane.api('PATCH', `${slicesPath(namespace)}/${web?.metadata.name}`, patch, 'application/merge-patch+json');
      await plane.api('DELETE', `${servicesPath(namespace)}/db`);
    },
    async obstruct() {
      await plane.kill();
      return () => plane.start();
    },
  };
}
