import { beforeAll, describe, expect, it } from 'vitest';
import { createEventRecorder } from '../../src/kubernetes/events/recorder.js';
import type { ClusterEvent } from '../../src/kubernetes/events/event.js';
import type { KubernetesOptions } from '../../src/kubernetes/options.js';
import { makeNamespace } from '../contract/objects-world.js';
import { realClock } from '../support/clock.js';
import { memoryLog } from '../support/log.js';
import { until } from '../support/poll.js';
import { makeClusterWorld } from './support/cluster-world.js';
import { connectWith, createAccount, mountAccount, podEnvironment, tokenOf } from './support/connect.js';
import { startControlPlane, type ControlPlane } from './support/control-plane.js';
import { startFaultProxy } from './support/fault-proxy.js';

interface StoredEvent {
  readonly reason: string;
  readonly type: string;
  readonly note: string;
  readonly reportingController: string;
  readonly regarding: { readonly kind: string; readonly name: string; readonly uid: string };
  readonly series?: { readonly count: number };
}

let plane: ControlPlane;
beforeAll(async () => {
  plane = await startControlPlane();
}, 120_000);

async function eventsIn(namespace: string): Promise<StoredEvent[]> {
  const { body } = await plane.api('GET', `/apis/events.k8s.io/v1/namespaces/${namespace}/events`);
  return (body as { items: StoredEvent[] }).items;
}

const eventOn = (namespace: string, more: Partial<ClusterEvent> = {}): ClusterEvent => ({
  regarding: { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'upstreams', uid: 'u-1' },
  ...{ type: 'Normal', reason: 'Applied', action: 'Apply', note: 'Target nginx has written this object.' },
  ...more,
});

function open(options: KubernetesOptions = { kubeconfig: plane.kubeconfig }, env = {}) {
  const kube = connectWith(options, env);
  const log = memoryLog();
  const clock = { ...realClock, ahead: 0, now: () => realClock.now() + clock.ahead };
  const deps = { connect: () => Promise.resolve(kube), instance: 'pod-1', clock, log };
  return { recorder: createEventRecorder(deps), log, clock };
}

describe('the recorder', () => {
  it('keeps one event with a count for what happens again', async () => {
    const namespace = await makeNamespace(plane);
    const { recorder } = open();
    for (const _ of [1, 2, 3]) recorder.record(eventOn(namespace));
    await until(async () => (await eventsIn(namespace)).length === 1, { what: 'the event' });
    recorder.record(eventOn(namespace));
    await recorder.close();
    expect(await eventsIn(namespace)).toMatchObject([
      {
        ...{ reason: 'Applied', type: 'Normal', reportingController: 'rollcall', reportingInstance: 'pod-1' },
        regarding: { kind: 'ConfigMap', name: 'upstreams', uid: 'u-1' },
        note: 'Target nginx has written this object.',
        series: { count: 4 },
      },
    ]);
  });

  it('writes a series again every 30 seconds, and a new event after six minutes', async () => {
    const namespace = await makeNamespace(plane);
    const { recorder, clock } = open();
    const counts = async () => (await eventsIn(namespace)).map(({ series }) => series?.count ?? 1).sort();
    recorder.record(eventOn(namespace));
    await until(async () => (await counts()).length === 1, { what: 'the event' });
    recorder.record(eventOn(namespace));
    clock.ahead += 31_000;
    recorder.record(eventOn(namespace));
    await until(async () => (await counts()).join() === '3', { what: 'the series' });
    clock.ahead += 361_000;
    recorder.record(eventOn(namespace));
    await until(async () => (await counts()).join() === '1,3', { what: 'another event' });
    await recorder.close();
  });

  it('tells other causes apart, but not by their numbers', async () => {
    const namespace = await makeNamespace(plane);
    const { recorder } = open();
    const failed = { type: 'Warning', reason: 'Failed' } as const;
    recorder.record(eventOn(namespace, { ...failed, note: 'process 17 ended' }));
    recorder.record(eventOn(namespace, { ...failed, note: 'process 18 ended' }));
    recorder.record(eventOn(namespace, { ...failed, note: 'the disk is full' }));
    await until(async () => (await eventsIn(namespace)).length === 2, { what: 'two events' });
    await recorder.close();
    expect((await eventsIn(namespace)).map(({ note }) => note).sort()).toEqual([
      'process 17 ended',
      'the disk is full',
    ]);
  });

  it('writes 25 events at once, and drops more', async () => {
    const namespace = await makeNamespace(plane);
    const { recorder } = open();
    for (let index = 0; index < 200; index++) {
      const regarding = { ...eventOn(namespace).regarding, uid: `u-${index}`, name: `svc-${index}` };
      recorder.record(eventOn(namespace, { regarding }));
    }
    await until(async () => (await eventsIn(namespace)).length >= 25, { what: 'the events' });
    await recorder.close();
    expect((await eventsIn(namespace)).length).toBeLessThan(30);
  });

  it('shortens a note, and takes any name and any text', async () => {
    const namespace = await makeNamespace(plane);
    const { recorder } = open();
    const regarding = { ...eventOn(namespace).regarding, name: `${'a'.repeat(219)}.b` };
    recorder.record(eventOn(namespace, { regarding, note: `\ud800 ${'😀'.repeat(2000)}` }));
    await until(async () => (await eventsIn(namespace)).length === 1, { what: 'the event' });
    await recorder.close();
    expect(Array.from((await eventsIn(namespace))[0]?.note ?? '')).toHaveLength(256);
  });

  it('says once that it may not write, and writes when it may', async () => {
    const namespace = await makeNamespace(plane);
    await createAccount(plane, 'mute', []);
    const { directory } = await mountAccount(plane, await tokenOf(plane, 'mute'));
    const { recorder, log } = open({ serviceAccount: directory }, podEnvironment(plane));
    const told = (level: string): unknown[] => log.lines.filter((line) => line.level === level);
    recorder.record(eventOn(namespace));
    await until(() => told('warn').length === 1, { what: 'a warning' });
    recorder.record(eventOn(namespace, { reason: 'Held' }));
    await until(() => told('debug').length === 1, { what: 'the second failure' });
    expect(told('warn')).toHaveLength(1);
    await recorder.close();
  });
});

describe('rollcall run', () => {
  it('tells on the objects that they were written, and that a target fails', async () => {
    const world = await makeClusterWorld(plane, await startFaultProxy(plane));
    await world.put(8001);
    const running = world.start();
    await world.inStep();
    const { metadata } = await world.configMap('GET');
    const on = async (name: string, reason: string) =>
      (await eventsIn(world.namespace)).filter((event) => event.regarding.name === name && event.reason === reason);
    await until(async () => (await on('upstreams', 'Applied')).length === 1, { what: 'the event' });
    await until(async () => (await on('svc-web', 'Applied')).length === 1, { what: 'the event of the service' });
    expect((await on('upstreams', 'Applied'))[0]?.regarding.uid).toBe(metadata.uid);
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'upstreams' }, data: { 'list.txt': 'x' } };
    await world.configMap('PATCH', object, '?fieldManager=argo&force=true', 'application/apply-patch+yaml');
    await world.put(8002);
    await until(async () => (await on('upstreams', 'Failed')).length > 0, { what: 'the failure' });
    expect((await on('upstreams', 'Failed'))[0]).toMatchObject({
      type: 'Warning',
      note: expect.stringContaining('argo') as string,
    });
    expect(await running.end()).toMatchObject({ code: 0 });
  });
});
