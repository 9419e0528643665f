import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Kubernetes } from '../../src/kubernetes/client.js';
import type { Leadership } from '../../src/ports/leader.js';
import { openStore } from '../../src/state/store.js';
import { configMapKind } from '../../src/targets/config-map/object-kind.js';
import { createObjectsTarget } from '../../src/targets/config-map/target.js';
import { connectTo, makeNamespace, worldSpec } from '../contract/objects-world.js';
import { viewOf, type ServiceSet } from '../contract/target.js';
import { memoryLog } from '../support/log.js';
import { memoryDir } from '../support/temp.js';
import { startControlPlane, type ControlPlane } from './support/control-plane.js';

let plane: ControlPlane;
let kube: Kubernetes;
beforeAll(async () => {
  plane = await startControlPlane();
  kube = connectTo(plane);
}, 120_000);
afterAll(() => {
  kube.close();
});

const signal = new AbortController().signal;

/** A process that believes to lead until `answers` are used up: then it knows that it does not. */
async function createLeader(namespace: string, epoch: string) {
  const store = await openStore(`${await memoryDir()}/state`, { log: memoryLog() });
  const journal = await store.journal('one');
  const leadership: Leadership = { epoch, holder: `holder-${epoch}`, signal };
  const trust = { answers: Infinity };
  const leader = { current: () => (trust.answers-- > 0 ? leadership : undefined) };
  const cluster = { owner: 'world', namespace: undefined, connect: () => Promise.resolve(kube) };
  const target = createObjectsTarget(configMapKind, worldSpec(namespace), {
    ...{ target: 'one', journal, cluster, log: memoryLog(), leader },
  });
  /** Looks at everything now. Its result writes what was seen to differ, whatever has happened since. */
  async function prepare(services: ServiceSet): Promise<() => Promise<unknown>> {
    const desired = target.desired(viewOf(services));
    const changes = target.diff(desired, await target.observe(desired, signal));
    const context = { digest: target.digest(desired), revision: 'services=7', signal, swapped: () => undefined };
    return () => target.apply(changes, context);
  }
  return { trust, journal, prepare, lead: () => target.lead?.(leadership, signal) };
}

async function read(namespace: string) {
  const { body } = await plane.api('GET', `/api/v1/namespaces/${namespace}/configmaps`);
  const { items } = body as {
    items: { metadata: { name: string; annotations: Record<string, string> }; data: object }[];
  };
  return new Map(items.map((item) => [item.metadata.name, item]));
}

describe('a late write of a deposed leader', () => {
  it.each([
    ['changes', { web: [1], api: [1] }, { web: [9], api: [1] }],
    ['removes', { web: [1], api: [1] }, { api: [1] }],
    ['makes', { api: [1] }, { web: [9], api: [1] }],
  ] as const)('gets a conflict when it %s an object that the next leader has touched', async (_, before, late) => {
    const namespace = await makeNamespace(plane);
    const first = await createLeader(namespace, '1');
    await first.lead();
    await (
      await first.prepare(before)
    )();
    const write = await first.prepare(late);
    const next = await createLeader(namespace, '2');
    await next.lead();
    await (
      await next.prepare({ web: [2], api: [1] })
    )();
    // It believes to lead when it sends the write, and knows better afterwards.
    first.trust.answers = 1;
    const seen = await read(namespace);
    await expect(write()).rejects.toMatchObject({
      code: expect.stringMatching(/^(NOT_LEADER|UNDO_FAILED)$/) as string,
    });
    expect(await read(namespace)).toEqual(seen);
    expect(seen.get('svc-web')?.data).toEqual({ 'list.txt': 'web 10.0.0.1:2\n' });
    expect(seen.get('svc-api')?.metadata.annotations['rollcall/epoch']).toBe('2 holder-2');
  });

  it('is not sent when the process knows that it does not lead', async () => {
    const namespace = await makeNamespace(plane);
    const first = await createLeader(namespace, '1');
    await first.lead();
    const write = await first.prepare({ web: [1] });
    first.trust.answers = 0;
    await expect(write()).rejects.toMatchObject({ code: 'NOT_LEADER' });
    expect((await read(namespace)).has('svc-web')).toBe(false);
  });

  it('is not undone by a later leadership of the same process', async () => {
    const namespace = await makeNamespace(plane);
    const first = await createLeader(namespace, '1');
    await first.lead();
    const write = await first.prepare({ web: [1], api: [1] });
    first.trust.answers = 1;
    await expect(write()).rejects.toMatchObject({ code: 'UNDO_FAILED' });
    expect(first.journal.record).toMatchObject({ step: 'staged' });
    first.trust.answers = Infinity;
    await first.lead();
    expect(first.journal.record).toMatchObject({ step: 'failed', undo: null, reloadPending: true });
  });
});
