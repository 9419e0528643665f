import { beforeAll, beforeEach, expect, it } from 'vitest';
import { resources } from '../../src/kubernetes/resources.js';
import { until } from '../support/poll.js';
import { connectWith, createAccount, mountAccount, podEnvironment, tokenOf } from './support/connect.js';
import { startControlPlane, type ControlPlane } from './support/control-plane.js';
import { writeKubeconfig } from './support/kubeconfig.js';
import { startTcpProxy } from './support/tcp-proxy.js';

const { configMap } = resources;
const path = '/api/v1/namespaces/default/configmaps';
const objectOf = (name: string, value: string) => ({ metadata: { name, namespace: 'default' }, data: { value } });

let plane: ControlPlane;
beforeAll(async () => {
  plane = await startControlPlane();
  await createAccount(plane, 'writer', [
    { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'create', 'patch'] },
  ]);
});
beforeEach(async () => {
  await until(async () => (await plane.api('GET', '/readyz')).status === 200, { deadline: 30_000 });
});

async function valueOf(name: string): Promise<unknown> {
  const { body } = await plane.api('GET', `${path}/${name}`);
  return (body as { data?: { value?: unknown } }).data?.value;
}

it('never sees a refusal of its rights while the API server is killed and starts again', async () => {
  const { directory } = await mountAccount(plane, await tokenOf(plane, 'writer'));
  const kube = connectWith({ serviceAccount: directory, callTimeout: 2000 }, podEnvironment(plane));
  await kube.apply(configMap, objectOf('steady', '0'));
  const codes = new Set<unknown>();
  let last = 0;
  const enough = new AbortController();
  const writing = (async () => {
    while (!enough.signal.aborted) {
      const next = last + 1;
      await kube.apply(configMap, objectOf('steady', String(next))).then(
        () => (last = next),
        (error: unknown) => codes.add((error as { code?: unknown }).code),
      );
    }
  })();
  for (let round = 0; round < 2; round++) {
    codes.clear();
    await plane.kill();
    await until(() => codes.size > 0, { deadline: 30_000, what: 'a failure' });
    await plane.start();
    const before = last;
    await until(() => last > before, { deadline: 30_000, what: 'a write after the restart' });
    expect([...codes]).toEqual(['KUBE_UNREACHABLE']);
  }
  enough.abort();
  await writing;
  expect(await valueOf('steady')).toBe(String(last));
});

it('notices an API server that does not answer, and writes again when it does', async () => {
  const kube = connectWith({ kubeconfig: plane.kubeconfig, callTimeout: 300, dialTimeout: 300 });
  await kube.apply(configMap, objectOf('frozen', '1'));
  await plane.pause();
  const started = performance.now();
  await expect(
    kube.patch(configMap, { namespace: 'default', name: 'frozen' }, { data: { value: '2' } }),
  ).rejects.toMatchObject({
    code: 'KUBE_UNREACHABLE',
    message: expect.stringContaining('did not answer within 300 ms') as unknown,
    traits: { silent: true, maybeSent: true },
  });
  expect(performance.now() - started).toBeLessThan(2000);
  await expect(kube.patch(configMap, { namespace: 'default', name: 'frozen' }, {})).rejects.toMatchObject({
    message: expect.stringContaining('did not accept a connection within 300 ms') as unknown,
    traits: { silent: true, maybeSent: false },
  });
  plane.resume();
  const patient = connectWith({ kubeconfig: plane.kubeconfig });
  await patient.apply(configMap, objectOf('frozen', '3'), { force: true });
  expect(await valueOf('frozen')).toBe('3');
});

it('leaves dead connections at once, however many there are', async () => {
  const proxy = await startTcpProxy(plane.port);
  const kubeconfig = await writeKubeconfig(proxy.server, { token: 'admin-token' }, { ca: plane.authority.cert });
  const kube = connectWith({ kubeconfig, callTimeout: 1000 });
  const get = () => kube.get(configMap, { namespace: 'default', name: 'steady' });
  await Promise.all(Array.from({ length: 8 }, get));
  expect(proxy.accepted).toBeGreaterThan(1);
  proxy.strand();
  const started = performance.now();
  expect(await get()).toBeDefined();
  // One silent attempt. Without it, each of the idle connections would cost one.
  expect(performance.now() - started).toBeLessThan(2500);
});

it('opens another connection for a write when the idle ones were reset', async () => {
  const proxy = await startTcpProxy(plane.port);
  const kubeconfig = await writeKubeconfig(proxy.server, { token: 'admin-token' }, { ca: plane.authority.cert });
  const kube = connectWith({ kubeconfig });
  await kube.apply(configMap, objectOf('reset', '1'));
  // The client has had no time to notice.
  proxy.cut();
  await kube.create(configMap, objectOf('created-after-reset', '1'));
  expect(proxy.accepted).toBe(2);
});
