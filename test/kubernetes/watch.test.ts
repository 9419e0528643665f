import { beforeAll, expect, it } from 'vitest';
import { resources } from '../../src/kubernetes/resources.js';
import type { ObjectSourceOptions } from '../../src/kubernetes/watch/source.js';
import { until } from '../support/poll.js';
import { connectWith } from './support/connect.js';
import { startControlPlane, type ControlPlane } from './support/control-plane.js';
import { follow, type Following } from './support/follow.js';
import { writeKubeconfig } from './support/kubeconfig.js';
import { startTcpProxy, type TcpProxy } from './support/tcp-proxy.js';

const { configMap } = resources;

let plane: ControlPlane;
beforeAll(async () => {
  plane = await startControlPlane();
});

let namespaces = 0;

interface World {
  readonly namespace: string;
  readonly path: string;
  readonly proxy: TcpProxy;
  readonly following: Following;
  /** Creates or changes a ConfigMap. Returns its resource version. */
  readonly put: (name: string, value: string, labels?: Record<string, string>) => Promise<string>;
  readonly remove: (name: string) => Promise<void>;
  readonly agrees: () => Promise<void>;
}

/** A source that is live behind a proxy, in a namespace of its own with the ConfigMap `first`. */
async function live(
  options: Partial<ObjectSourceOptions> = {},
  more: Partial<ObjectSourceOptions['query']> = {},
): Promise<World> {
  const namespace = `n${++namespaces}`;
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  await plane.api('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
  const put: World['put'] = async (name, value, labels = {}) => {
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels }, data: { value } };
    const type = 'application/apply-patch+yaml';
    const answer = await plane.api('PATCH', `${path}/${name}?fieldManager=test&force=true`, body, type);
    return (answer.body as { metadata: { resourceVersion: string } }).metadata.resourceVersion;
  };
  await put('first', '1', { app: 'web' });
  const proxy = await startTcpProxy(plane.port);
  const kubeconfig = await writeKubeconfig(proxy.server, { token: 'admin-token' }, { ca: plane.authority.cert });
  const following = follow(connectWith({ kubeconfig, callTimeout: 2000, dialTimeout: 1000 }), {
    query: { resource: configMap, namespace, ...more },
    ...options,
  });
  await following.reaches('live');
  return {
    namespace,
    path,
    proxy,
    following,
    put,
    remove: async (name) => {
      await plane.api('DELETE', `${path}/${name}`);
    },
    agrees: () => following.agrees(plane, path),
  };
}

it('delivers everything once, and then each change', async () => {
  const { namespace, following, put, remove, agrees } = await live();
  expect(following.batches).toMatchObject([
    { kind: 'sync', objects: [{ kind: 'ConfigMap', metadata: { name: 'first' } }] },
  ]);
  await put('second', '2');
  await put('first', 'changed');
  await remove('second');
  await until(
    () =>
      following.batches.length > 1 &&
      !following.content.has(`${namespace}/second`) &&
      following.content.get(`${namespace}/first`)?.includes('changed'),
  );
  const events = following.batches.flatMap((batch) => (batch.kind === 'change' ? batch.events : []));
  expect(events.map(({ type, key }) => `${type} ${key}`)).toEqual([
    `put ${namespace}/second`,
    `put ${namespace}/first`,
    `delete ${namespace}/second`,
  ]);
  await agrees();
  expect(following.source.counts.lists).toBe(1);
});

it('reads pages at one resource version', async () => {
  const { path, following, put } = await live({ pageSize: 2 });
  for (let n = 0; n < 7; n++) await put(`many-${n}`, String(n));
  const kube = connectWith({ kubeconfig: plane.kubeconfig });
  const namespace = path.split('/')[4] ?? '';
  const { objects, resourceVersion } = await kube.list({ resource: configMap, namespace }, { pageSize: 3 });
  expect(objects.map(({ metadata }) => metadata.name)).toEqual([
    'first',
    ...Array.from({ length: 7 }, (_, n) => `many-${n}`),
  ]);
  expect(Number(resourceVersion)).toBeGreaterThan(0);
  await following.agrees(plane, path);
});

it('reports an object that no longer has the label as deleted', async () => {
  const { namespace, following, put } = await live({}, { labelSelector: 'app=web' });
  await put('other', '1', { app: 'api' });
  await put('second', '2', { app: 'web' });
  await until(() => following.content.has(`${namespace}/second`));
  expect([...following.content.keys()].sort()).toEqual([`${namespace}/first`, `${namespace}/second`]);
  await put('first', '1', { app: 'api' });
  await until(() => !following.content.has(`${namespace}/first`));
});

it('goes on after the end that it asks for, without a list, on the same connection', async () => {
  const { proxy, following, put, agrees } = await live({ timing: { watchSeconds: 1 } });
  const { accepted } = proxy;
  await until(() => following.source.counts.watches >= 4, { deadline: 20_000, what: 'four watches' });
  await put('later', '1');
  await agrees();
  expect(following.source.counts.lists).toBe(1);
  expect(following.states.filter(({ kind }) => kind === 'waiting')).toEqual([]);
  expect(proxy.accepted).toBe(accepted);
});

it('loses nothing when connections are cut again and again', async () => {
  const { proxy, following, put, remove, agrees } = await live();
  for (let n = 0; n < 20; n++) {
    await put(`flapping-${n % 7}`, String(n));
    if (n % 3 === 0) proxy.cut();
    if (n % 5 === 0) await remove(`flapping-${(n + 3) % 7}`);
  }
  await agrees();
  expect(following.source.counts.lists).toBe(1);
});

it('loses nothing of what changes while the API server cannot be reached', async () => {
  const { proxy, following, put, remove, agrees } = await live();
  await proxy.refuse();
  await following.reaches('waiting');
  await remove('first');
  for (let n = 0; n < 5; n++) await put(`meanwhile-${n}`, String(n));
  await proxy.serve();
  await agrees();
  expect(following.source.counts.lists).toBe(1);
  await following.reaches('live');
});

it('notices a frozen connection, and goes on over another one', async () => {
  const { proxy, following, put, agrees } = await live({ timing: { watchSeconds: 1, grace: 300 } });
  proxy.strand();
  await put('unheard', '1');
  await agrees();
  expect(following.states).toContainEqual(
    expect.objectContaining({
      kind: 'waiting',
      error: expect.objectContaining({
        code: 'KUBE_UNREACHABLE',
        traits: expect.objectContaining({ silent: true }) as unknown,
      }) as unknown,
    }),
  );
  expect(following.source.counts.lists).toBe(1);
});

it('notices a frozen API server, and goes on when it runs again', async () => {
  const { following, put, agrees } = await live({ timing: { watchSeconds: 1, grace: 300 } });
  await plane.pause();
  await following.reaches('waiting');
  plane.resume();
  await put('after', '1');
  await agrees();
  await following.reaches('live');
});

it('is right after the API server was killed and started again', async () => {
  const { following, put, remove, agrees } = await live();
  await put('doomed', '1');
  await plane.kill();
  await following.reaches('waiting');
  await plane.start();
  await remove('doomed');
  await put('new', '1');
  await agrees();
  await following.reaches('live');
});

it('lists again when its resource version is compacted', async () => {
  const { proxy, namespace, following, put, remove, agrees } = await live();
  await put('doomed', '1');
  await agrees();
  await proxy.refuse();
  await remove('doomed');
  for (let n = 0; n < 5; n++) await put('changing', String(n));
  const revision = await put('last', '1');
  // The API server serves old versions from memory until it starts anew.
  await plane.kill();
  await plane.etcd.api('kv/compaction', { revision, physical: true });
  await plane.start();
  await proxy.serve();
  await agrees();
  expect(following.content.has(`${namespace}/doomed`)).toBe(false);
  expect(following.source.counts.lists).toBe(2);
  await until(() => following.log.lines.find(({ message }) => message === 'listing again'));
});

it('lists now and then, and delivers nothing when that finds nothing', async () => {
  const { following } = await live({ timing: { watchSeconds: 1, relistEvery: 500 } });
  await until(() => following.source.counts.lists >= 3, { deadline: 20_000 });
  expect(following.batches.filter(({ kind }) => kind === 'sync')).toHaveLength(1);
  expect(following.batches.slice(1).every((batch) => batch.kind === 'change' && batch.events.length === 0)).toBe(true);
});
