import { beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/kubernetes/resource.js';
import type { CommandContext } from '../../src/ports/check.js';
import type { Reload } from '../../src/ports/reload.js';
import { createConfirm } from '../../src/reload/confirm.js';
import { createReload } from '../../src/reload/registry.js';
import type { Workload } from '../../src/reload/workload-schema.js';
import { realClock } from '../support/clock.js';
import { until } from '../support/poll.js';
import { connectWith } from './support/connect.js';
import { startControlPlane, type ControlPlane } from './support/control-plane.js';
import { startFakeKubelet } from './support/fake-kubelet.js';

let plane: ControlPlane;
beforeAll(async () => {
  plane = await startControlPlane({ controllers: true });
  startFakeKubelet(plane);
}, 120_000);

const apps = '/apis/apps/v1/namespaces/default';
const plural = { Deployment: 'deployments', DaemonSet: 'daemonsets', StatefulSet: 'statefulsets' } as const;
const kinds = ['Deployment', 'DaemonSet', 'StatefulSet'] as const;
const signal = new AbortController().signal;
const contextOf = (digest: string): CommandContext => ({ target: 't', revision: 'services=1', outputs: [], digest });

async function createWorkload(kind: Workload['kind'], name: string, more: object = {}): Promise<Workload> {
  const labels = { app: name };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'good' }] } };
  const replicas = kind === 'DaemonSet' ? {} : { replicas: 2 };
  const spec = { ...replicas, selector: { matchLabels: labels }, template, ...more };
  const { status } = await plane.api('POST', `${apps}/${plural[kind]}`, { metadata: { name }, spec });
  expect(status).toBe(201);
  return { kind, name };
}

const read = async ({ kind, name }: Workload): Promise<KubeObject> =>
  (await plane.api('GET', `${apps}/${plural[kind]}/${name}`)).body as KubeObject;

async function podsOf({ name }: Workload): Promise<string[]> {
  const { body } = await plane.api('GET', `/api/v1/namespaces/default/pods?labelSelector=app%3D${name}`);
  const pods = (body as { items: KubeObject[] }).items.filter(
    ({ metadata }) => metadata.deletionTimestamp === undefined,
  );
  return pods.map(({ metadata }) => String(metadata.uid)).sort();
}

async function open(rollout: Workload, timeout = 60_000): Promise<{ reload: Reload; confirm: Reload }> {
  const kube = connectWith({ kubeconfig: plane.kubeconfig });
  const cluster = { owner: 'rollcall', namespace: 'default', connect: () => Promise.resolve(kube) };
  const runtime = { clock: realClock, environment: {}, allowed: [], cwd: '/', scratch: '/', cluster };
  return {
    reload: await createReload({ rollout, minInterval: 0, timeout: 10_000 }, runtime),
    confirm: await createConfirm({ rollout, timeout }, runtime),
  };
}

describe.each(kinds)('a rollout of a %s', (kind) => {
  it('replaces the pods for a new digest, and none for the same one', async () => {
    const workload = await createWorkload(kind, `rolls-${kind.toLowerCase()}`);
    const { reload, confirm } = await open(workload);
    await confirm.run(contextOf('a'), signal);
    const first = await podsOf(workload);
    expect(first.length).toBe(kind === 'DaemonSet' ? 1 : 2);
    await reload.run(contextOf('a'), signal);
    await confirm.run(contextOf('a'), signal);
    const second = await podsOf(workload);
    expect(second.filter((uid) => first.includes(uid))).toEqual([]);
    const { resourceVersion, generation } = (await read(workload)).metadata;
    await reload.run(contextOf('a'), signal);
    await confirm.run(contextOf('a'), signal);
    expect((await read(workload)).metadata).toMatchObject({ resourceVersion, generation });
    expect(await podsOf(workload)).toEqual(second);
  });
});

describe('a confirm of a rollout', () => {
  it('fails with the reason of Kubernetes when the rollout is stuck', async () => {
    const workload = await createWorkload('Deployment', 'stuck');
    const { reload, confirm } = await open(workload);
    await confirm.run(contextOf('a'), signal);
    const template = { spec: { containers: [{ name: 'main', image: 'bad' }] } };
    // Only now: Kubernetes counts in whole seconds, so one second may be over at once.
    const patch = { spec: { progressDeadlineSeconds: 1, template } };
    await plane.api('PATCH', `${apps}/deployments/stuck`, patch, 'application/strategic-merge-patch+json');
    await reload.run(contextOf('b'), signal);
    await expect(confirm.run(contextOf('b'), signal)).rejects.toMatchObject({
      code: 'CONFIRM_FAILED',
      message: expect.stringMatching(
        /is stuck: ProgressDeadlineExceeded: ReplicaSet ".+" has timed out progressing/,
      ) as string,
    });
  });

  it('fails at once for a Deployment that is paused, and for the strategy OnDelete', async () => {
    for (const [workload, why] of [
      [await createWorkload('Deployment', 'paused', { paused: true }), 'it is paused'],
      [await createWorkload('DaemonSet', 'manual', { updateStrategy: { type: 'OnDelete' } }), 'OnDelete'],
      [await createWorkload('StatefulSet', 'manual', { updateStrategy: { type: 'OnDelete' } }), 'OnDelete'],
    ] as const) {
      const { confirm } = await open(workload);
      await expect(confirm.run(contextOf('a'), signal)).rejects.toThrow(new RegExp(`is stuck: .*${why}`));
    }
  });

  it('says how far the rollout was when its time is over', async () => {
    const workload = await createWorkload('StatefulSet', 'slow');
    const { confirm } = await open(workload);
    await confirm.run(contextOf('a'), signal);
    const patch = { spec: { template: { spec: { containers: [{ name: 'main', image: 'bad' }] } } } };
    await plane.api('PATCH', `${apps}/statefulsets/slow`, patch, 'application/strategic-merge-patch+json');
    const { confirm: short } = await open(workload, 1500);
    await expect(short.run(contextOf('b'), signal)).rejects.toThrow(/was not complete within 1500 ms: .*\d of 2/);
  });

  it('waits for a workload that does not exist yet', async () => {
    const { confirm, reload } = await open({ kind: 'Deployment', name: 'late' });
    await expect(reload.run(contextOf('a'), signal)).rejects.toMatchObject({ code: 'RELOAD_FAILED' });
    const confirmed = confirm.run(contextOf('a'), signal);
    await createWorkload('Deployment', 'late');
    await confirmed;
  });
});

it('a rollout happens after an outage of the API server, and once', async () => {
  const workload = await createWorkload('Deployment', 'outage');
  const { reload, confirm } = await open(workload);
  await confirm.run(contextOf('a'), signal);
  const { generation = 0 } = (await read(workload)).metadata;
  await plane.kill();
  await expect(reload.run(contextOf('b'), signal)).rejects.toMatchObject({ code: 'RELOAD_FAILED', retry: true });
  await plane.start();
  await until(
    () =>
      reload.run(contextOf('b'), signal).then(
        () => true,
        () => false,
      ),
    { what: 'a reload', deadline: 20_000 },
  );
  await confirm.run(contextOf('b'), signal);
  expect((await read(workload)).metadata.generation).toBe(generation + 1);
});
