import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import type { KubeObject } from '../../../src/kubernetes/resource.js';
import type { TargetStatus } from '../../../src/model/status.js';
import { makeNamespace } from '../../contract/objects-world.js';
import { askStatus, type Observed } from '../../faults/observer.js';
import { at, readServiceSet, type ServiceSet } from '../../faults/service-set.js';
import { startRollcall, type Running } from '../../support/command.js';
import { createPlace, type Place } from '../../support/config.js';
import { startEtcd } from '../../support/etcd.js';
import { putKey } from '../../support/keys.js';
import { until } from '../../support/poll.js';
import type { ControlPlane } from './control-plane.js';
import type { FaultProxy } from './fault-proxy.js';
import { writeKubeconfig } from './kubeconfig.js';
import { grantPrinted } from './role.js';

/**
 * An etcd of services, a ConfigMap `upstreams` with all of them, a ConfigMap for each, a Deployment `nginx` that is rolled out, and a
 * rollcall between them, under a ServiceAccount with the printed Role. No controller runs: a rollout is seen by its annotation.
 */
export interface ClusterWorld extends Observed {
  readonly namespace: string;
  readonly place: Place;
  /** Starts `rollcall run`. */
  start(): Running;
  /** Registers `web` at one port. */
  put(port: number): Promise<void>;
  status(): Promise<TargetStatus | undefined>;
  /** Waits until the process says that it is not in step, for a reason that matches. */
  says(why: RegExp): Promise<TargetStatus>;
  /** Waits until the objects and the Deployment are those of etcd, and the process says so. */
  inStep(deadline?: number): Promise<void>;
  /** The request of the ConfigMap, as another program. */
  configMap(method: string, body?: object, query?: string, contentType?: string): Promise<KubeObject>;
}

const lineOf = (set: ServiceSet): string =>
  [...set].map(([name, members]) => `${name} ${members.map(({ port }) => port).join(',')}\n`).join('');

export async function makeClusterWorld(plane: ControlPlane, proxy: FaultProxy): Promise<ClusterWorld> {
  const namespace = await makeNamespace(plane);
  const etcd = await startEtcd();
  const template = { template: './list.hbs', dialect: 'none' };
  const configOf = (kubeconfig: string): object => ({
    kubernetes: { kubeconfig, namespace },
    sources: [{ name: 'services', prefix: '/services/', format: 'json' }],
    targets: [
      {
        name: 'all',
        configMap: { name: 'upstreams', data: { 'list.txt': template } },
        reload: { rollout: { kind: 'Deployment', name: 'nginx' }, minInterval: '100ms' },
        guard: 'off',
      },
      {
        name: 'each',
        configMap: { name: 'svc-{{service.name}}', forEach: 'service', data: { name: { template: './one.hbs' } } },
        guard: 'off',
      },
    ],
  });
  const place = await createPlace(etcd, configOf(plane.kubeconfig));
  await writeFile(
    place.at('list.hbs'),
    '{{#each services}}{{name}} {{#each instances}}{{#unless @first}},{{/unless}}{{port}}{{/each}}\n{{/each}}',
  );
  await writeFile(place.at('one.hbs'), '{{!-- rollcall: {dialect: none} --}}{{service.name}}');
  const token = await grantPrinted(plane, place.file, namespace);
  await place.write(configOf(await writeKubeconfig(proxy.server, { token }, { ca: plane.authority.cert })));
  const labels = { app: 'nginx' };
  const pods = { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'good' }] } };
  const deployments = `/apis/apps/v1/namespaces/${namespace}/deployments`;
  const spec = { replicas: 0, selector: { matchLabels: labels }, template: pods };
  await plane.api('POST', deployments, { metadata: { name: 'nginx' }, spec });
  const configMaps = `/api/v1/namespaces/${namespace}/configmaps`;
  const socket = place.at('state', 'admin.sock');
  let running: Running | undefined;

  async function list(): Promise<KubeObject[]> {
    const { status, body } = await plane.api('GET', configMaps);
    if (status !== 200) throw new Error(`the ConfigMaps cannot be listed: ${status}`);
    return (body as { items: KubeObject[] }).items;
  }
  const read = async (): Promise<ReadonlyMap<string, string>> =>
    new Map(
      (await list()).map(({ metadata, data }) => [
        metadata.name,
        Object.values((data ?? {}) as Record<string, string>).join(),
      ]),
    );
  const expected = (set: ServiceSet): ReadonlyMap<string, string> =>
    new Map([['upstreams', lineOf(set)], ...[...set.keys()].map((name) => [`svc-${name}`, name] as const)]);

  /** @throws Error that names the first difference */
  async function expectInStep(): Promise<void> {
    const [wanted, found] = [expected(await readServiceSet(etcd)), await read()];
    equal('the ConfigMaps', [...found].sort(), [...wanted].sort());
    const status = await askStatus(socket);
    equal('what the process says', status?.inStep, true);
    const [target] = status?.targets ?? [];
    equal('the pending reload', target?.pendingReload, null);
    const all = (await list()).find(({ metadata }) => metadata.name === 'upstreams');
    const digest = createHash('sha256')
      .update(`upstreams ${all?.metadata.annotations?.['rollcall/digest'] ?? ''}\n`)
      .digest('hex');
    const { body } = await plane.api('GET', `${deployments}/nginx`);
    const { annotations } = (body as { spec: { template: { metadata: KubeObject['metadata'] } } }).spec.template
      .metadata;
    equal('the digest of the rollout', annotations?.['rollcall/digest'], digest);
  }

  return {
    ...{ namespace, place, etcd, socket, read, expected },
    start: () => (running = startRollcall(['run', '-c', place.file])),
    put: (port) => putKey(etcd, '/services/web/1', at(port)),
    status: async () => (await askStatus(socket))?.targets[0],
    says: (why) =>
      until(
        async () => {
          const target = (await askStatus(socket))?.targets[0];
          return target?.inStep === false && why.test(target.notInStep ?? '') ? target : undefined;
        },
        { what: `the process saying ${why}`, deadline: 60_000 },
      ).catch(explain),
    async inStep(deadline = 30_000) {
      await until(() => expectInStep().then(() => true), { deadline, every: 50, what: 'all in step' }).catch(explain);
    },
    async configMap(method, body, query = '', contentType) {
      const path = `${configMaps}/upstreams${query}`;
      return (await plane.api(method, path, body, contentType)).body as KubeObject;
    },
  };

  function explain(error: unknown): never {
    throw new Error(`${String(error)}\nIts log:\n${running?.stderr().slice(-6000) ?? ''}`, { cause: error });
  }
}

function equal(what: string, actual: unknown, expected: unknown): void {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${what}: ${a}, expected: ${b}`);
}
