import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Kubernetes } from '../../src/kubernetes/client.js';
import type { View } from '../../src/model/view.js';
import type { Leadership } from '../../src/ports/leader.js';
import { connectTo, makeNamespace } from '../contract/objects-world.js';
import { readServices, readSlices } from '../contract/slices-world.js';
import { startControlPlane, type ControlPlane } from './support/control-plane.js';
import { at, makeSlicesTarget, viewOf } from './support/slices-target.js';

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
  const leadership: Leadership = { epoch, holder: `holder-${epoch}`, signal };
  const trust = { answers: Infinity };
  const leader = { current: () => (trust.answers-- > 0 ? leadership : undefined) };
  const { make, journal } = await makeSlicesTarget(plane, kube, {}, { namespace, leader });
  const target = make();
  /** Looks at everything now. Its result writes what was seen to differ, whatever has happened since. */
  async function prepare(view: View): Promise<() => Promise<unknown>> {
    const desired = target.desired(view);
    const changes = target.diff(desired, await target.observe(desired, signal));
    const context = { digest: target.digest(desired), revision: 'services=7', signal, swapped: () => undefined };
    return () => target.apply(changes, context);
  }
  return { trust, journal, prepare, lead: () => target.lead?.(leadership, signal) };
}

const read = async (namespace: string) => [await readServices(plane, namespace), await readSlices(plane, namespace)];

describe('a late write of a deposed leader', () => {
  const [api, web] = [at('10.0.0.1'), at('10.0.0.2')];
  it.each([
    ['changes a slice', { api, web }, { api, web: at('10.0.0.9') }],
    ['removes a Service', { api, web }, { api }],
    ['makes a Service', { api }, { api, web: at('10.0.0.9') }],
  ] as const)('gets a conflict when it %s that the next leader has touched', async (_, before, late) => {
    const namespace = await makeNamespace(plane);
    const first = await createLeader(namespace, '1');
    await first.lead();
    await (
      await first.prepare(viewOf(before))
    )();
    const write = await first.prepare(viewOf(late));
    const next = await createLeader(namespace, '2');
    await next.lead();
    await (
      await next.prepare(viewOf({ api, web: at('10.0.0.3') }))
    )();
    // It believes to lead when it sends the write, and knows better afterwards.
    first.trust.answers = 1;
    const seen = await read(namespace);
    await expect(write()).rejects.toMatchObject({
      code: expect.stringMatching(/^(NOT_LEADER|UNDO_FAILED)$/) as string,
    });
    expect(await read(namespace)).toEqual(seen);
    for (const { metadata } of seen.flat().filter(({ metadata: { name } }) => name.startsWith('api')))
      expect(metadata.annotations?.['rollcall/epoch']).toBe('2 holder-2');
  });

  it('is not sent when the process knows that it does not lead', async () => {
    const namespace = await makeNamespace(plane);
    const first = await createLeader(namespace, '1');
    await first.lead();
    const write = await first.prepare(viewOf({ web }));
    first.trust.answers = 0;
    await expect(write()).rejects.toMatchObject({ code: 'NOT_LEADER' });
    expect((await read(namespace)).flat()).toEqual([]);
  });
});
