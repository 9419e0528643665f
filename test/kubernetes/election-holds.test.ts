import { rm } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeNamespace } from '../contract/objects-world.js';
import { rollcall } from '../support/command.js';
import { deleteKey, putKey } from '../support/keys.js';
import { until } from '../support/poll.js';
import { startControlPlane, type ControlPlane } from './support/control-plane.js';
import { createReplica, type Replica } from './support/replicas.js';

const rules = [
  { apiGroups: [''], resources: ['configmaps'], verbs: ['create', 'delete', 'get', 'list', 'patch'] },
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create', 'get', 'update'] },
];
const templates = { 'all.hbs': '{{#each services}}{{#each instances}}{{port}} {{/each}}{{/each}}' };

let plane: ControlPlane;
beforeAll(async () => {
  plane = await startControlPlane();
}, 120_000);

/** Several processes that write one ConfigMap, and elect their leader in a Lease or by a key. */
async function createWorld(where: string, name: string) {
  const prefix = `/${name}/`;
  const namespace = await makeNamespace(plane);
  const role = '/apis/rbac.authorization.k8s.io/v1/clusterroles';
  await plane.api('POST', role, { metadata: { name }, rules });
  const election = where === 'etcd' ? { etcd: { prefix: `/lead-${name}/` } } : { kubernetes: { name, namespace } };
  const config = (kubeconfig: string) => ({
    kubernetes: { kubeconfig, namespace },
    election: { ...election, leaseDuration: '3s', renewDeadline: '2s', retryPeriod: '300ms' },
    sources: [{ name: 'services', prefix, format: 'plain' }],
    targets: [{ name: 'all', configMap: { name: 'all', data: { text: { template: './all.hbs', dialect: 'none' } } } }],
  });
  const create = async (index: number): Promise<Replica> => {
    const account = `${name}-${index}`;
    const replica = await createReplica(plane, account, { rules: [], config, files: templates });
    await plane.api('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
      metadata: { name: account },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', name: account, namespace: 'default' }],
    });
    await replica.start();
    return replica;
  };
  const shows = (text: string): Promise<unknown> =>
    until(
      async () => {
        const { body } = await plane.api('GET', `/api/v1/namespaces/${namespace}/configmaps/all`);
        return (body as { data?: { text: string } }).data?.text === text;
      },
      { what: text, deadline: 20_000 },
    );
  const leads = (replica: Replica): Promise<unknown> =>
    until(async () => (await replica.election())?.state === 'leader', { what: 'its leadership', deadline: 20_000 });
  return { prefix, create, shows, leads };
}

describe.each(['kubernetes', 'etcd'])('the holds of the guard, with an election in %s', (where) => {
  it('are taken up by a new leader that knows nothing, and stay released', async () => {
    const { prefix, create, shows, leads } = await createWorld(where, `holds-${where}`);
    for (const port of [1, 2, 3, 4]) await putKey(plane.etcd, `${prefix}web/${port}`, `192.0.2.1:${port}`);
    const first = await create(0);
    await shows('1 2 3 4 ');
    for (const port of [2, 3, 4]) await deleteKey(plane.etcd, `${prefix}web/${port}`);
    await until(async () => ((await first.status())?.targets[0]?.holds.length ?? 0) > 0, { what: 'the holds' });
    const held = (await first.status())?.targets[0]?.holds.map(({ key, until: end }) => [key, end]);

    // It has not seen what is gone.
    const second = await create(1);
    await until(async () => (await second.ready()) === 200, { what: 'a ready standby' });
    first.process.send('SIGKILL');
    await leads(second);
    await until(async () => (await second.status())?.inStep, { what: 'all in step' });
    const taken = (await second.status())?.targets[0]?.holds.map(({ key, until: end }) => [key, end]);
    expect(taken?.map(([key]) => key)).toEqual(held?.map(([key]) => key));
    const kept = (held ?? []).map(([key]) => (key ?? '').slice(-1)).sort();
    await shows(['1', ...kept].map((port) => `${port} `).join(''));

    await first.start();
    await until(async () => (await first.ready()) === 200, { what: 'a ready standby' });
    expect((await rollcall(['release', 'all', '-c', second.place.file])).code).toBe(0);
    await shows('1 ');
    second.process.send('SIGKILL');
    await leads(first);
    await until(async () => (await first.status())?.inStep, { what: 'all in step' });
    await shows('1 ');
  }, 120_000);

  it('are not needed for an empty list: a leader without a journal keeps the outputs of the one before', async () => {
    const { prefix, create, shows, leads } = await createWorld(where, `empty-${where}`);
    for (const port of [1, 2]) await putKey(plane.etcd, `${prefix}web/${port}`, `192.0.2.1:${port}`);
    const first = await create(0);
    await shows('1 2 ');
    await until(async () => (await first.status())?.inStep, { what: 'all in step' });
    await first.process.end('SIGTERM');
    // As in a new pod, while etcd has nothing to list.
    await rm(first.place.at('state'), { recursive: true });
    await deleteKey(plane.etcd, `${prefix}*`);
    await first.start();
    await leads(first);
    const lastOf = async () => (await first.status())?.targets[0]?.last;
    await until(async () => (await lastOf())?.result === 'kept', { what: 'kept outputs', deadline: 20_000 });
    expect((await lastOf())?.reason).toMatch(/no key/);
    await shows('1 2 ');
    expect((await rollcall(['release', 'all', '-c', first.place.file])).code).toBe(0);
    await shows('');

    // An empty view that was accepted is no reason to doubt the next one.
    await until(async () => (await first.status())?.inStep, { what: 'all in step' });
    await first.process.end('SIGTERM');
    await rm(first.place.at('state'), { recursive: true });
    await first.start();
    await leads(first);
    await until(async () => (await lastOf())?.result === 'in-step', { what: 'in step', deadline: 20_000 });
  }, 120_000);
});
