import type { Kubernetes } from '../../../src/kubernetes/client.js';
import type { KubeObject } from '../../../src/kubernetes/resource.js';
import type { Instance, Service } from '../../../src/model/instance.js';
import type { View } from '../../../src/model/view.js';
import type { Leader } from '../../../src/ports/leader.js';
import type { Target } from '../../../src/ports/target.js';
import { openStore } from '../../../src/state/store.js';
import type { EndpointSlicesOptions } from '../../../src/targets/endpoint-slices/schema.js';
import { createSlicesTarget } from '../../../src/targets/endpoint-slices/target.js';
import { makeNamespace } from '../../contract/objects-world.js';
import {
  readServices,
  readSlices,
  servicesPath,
  slicesCluster,
  slicesOptions,
  slicesPath,
} from '../../contract/slices-world.js';
import { instance } from '../../model/instances.js';
import { memoryLog } from '../../support/log.js';
import { memoryDir } from '../../support/temp.js';
import type { ControlPlane } from './control-plane.js';

/** Instances of one service at port 8080, by address. */
export const at = (...addresses: readonly string[]): Instance[] =>
  addresses.map((address) => instance({ id: address, address, host: address, port: 8080 }));

export const viewOf = (
  services: Readonly<Record<string, readonly Instance[]>>,
  expected: readonly string[] = [],
): View => ({
  services: Object.entries(services)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, instances]): Service => ({
      name,
      instances: instances.map((each) => ({ ...each, service: name })),
      expected: expected.includes(name),
    })),
  ...{ kv: { pairs: [], tree: {} }, vars: {}, env: {}, target: { name: 'one' } },
});

const signal = new AbortController().signal;

/** One target in a namespace of its own. */
export async function makeSlicesTarget(
  plane: ControlPlane,
  kube: Kubernetes,
  more: Partial<EndpointSlicesOptions> = {},
  {
    namespace: given,
    leader,
    owner,
  }: { readonly namespace?: string; readonly leader?: Leader; readonly owner?: string } = {},
) {
  const namespace = given ?? (await makeNamespace(plane));
  const store = await openStore(`${await memoryDir()}/state`, { log: memoryLog() });
  const journal = await store.journal('one');
  const log = memoryLog();
  const make = (changed: Partial<EndpointSlicesOptions> = {}): Target =>
    createSlicesTarget(slicesOptions(namespace, { ...more, ...changed }), {
      ...{ target: 'one', journal, cluster: slicesCluster(kube, owner), log, leader },
    });
  /** Looks only at what differs from `before`. @returns the number of writes */
  async function follow(target: Target, before: View, after: View): Promise<number> {
    const since = target.desired(before);
    const want = target.desired(after, since);
    const changes = target.diff(want, await target.observe(want, signal, since));
    const context = { digest: target.digest(want), revision: 'services=8', signal, swapped: () => undefined };
    if (changes.length > 0) await target.apply(changes, context);
    return changes.flatMap((change) => (change as unknown as { writes: readonly unknown[] }).writes).length;
  }
  const endpointsNow = async (service: string): Promise<string[]> =>
    (await readSlices(plane, namespace))
      .filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === service)
      .flatMap(({ endpoints }) => (endpoints ?? []).map(({ addresses: [first = ''] }) => first))
      .sort();
  const serviceNow = async (name: string): Promise<(KubeObject & { spec: Record<string, unknown> }) | undefined> =>
    (await readServices(plane, namespace)).find(({ metadata }) => metadata.name === name) as never;
  const warnings = (): string[] => log.lines.filter(({ level }) => level === 'warn').map(({ message }) => message);
  return {
    ...{ namespace, journal, log, make, follow, endpointsNow, serviceNow, warnings },
    services: servicesPath(namespace),
    slices: slicesPath(namespace),
  };
}
