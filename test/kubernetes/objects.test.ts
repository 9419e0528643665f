import { randomBytes } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Kubernetes } from '../../src/kubernetes/client.js';
import type { KubeObject } from '../../src/kubernetes/resource.js';
import type { Target } from '../../src/ports/target.js';
import { openStore } from '../../src/state/store.js';
import { mostBytes } from '../../src/targets/config-map/content.js';
import type { ObjectSpec } from '../../src/targets/config-map/desired-object.js';
import { configMapKind, secretKind, type ObjectKind } from '../../src/targets/config-map/object-kind.js';
import { createObjectsTarget } from '../../src/targets/config-map/target.js';
import { connectTo, makeNamespace, worldSpec } from '../contract/objects-world.js';
import { pass, viewOf } from '../contract/target.js';
import { memoryLog } from '../support/log.js';
import { until } from '../support/poll.js';
import { memoryDir } from '../support/temp.js';
import { startControlPlane, type ControlPlane } from './support/control-plane.js';

let plane: ControlPlane;
let kube: Kubernetes;

beforeAll(async () => {
  plane = await startControlPlane();
  kube = connectTo(plane);
});
afterAll(() => {
  kube.close();
});

const signal = new AbortController().signal;
const mergePatch = 'application/merge-patch+json';
const applyPatch = 'application/apply-patch+yaml';

/** A target of one object `upstreams` whose key `list.txt` has the text of the moment. */
async function makeTarget(more: Partial<ObjectSpec> = {}, kind: ObjectKind = configMapKind) {
  const namespace = await makeNamespace(plane);
  const store = await openStore(`${await memoryDir()}/state`, { log: memoryLog() });
  const journal = await store.journal('one');
  const log = memoryLog();
  const now = { text: 'first\n' };
  const entries = [{ key: 'list.txt', template: { render: () => ({ text: now.text, rejected: [] }) } }];
  const cluster = { owner: 'world', namespace: undefined, connect: () => Promise.resolve(kube) };
  const make = (changed: Partial<ObjectSpec> = {}): Target =>
    createObjectsTarget(
      kind,
      worldSpec(namespace, { name: 'upstreams', fanOut: undefined, entries, ...more, ...changed }),
      { target: 'one', journal, cluster, log, secret: kind === secretKind },
    );
  const path = `/api/v1/namespaces/${namespace}/${kind.resource.plural}`;
  const read = async (): Promise<KubeObject & { data?: Record<string, string>; binaryData?: Record<string, string> }> =>
    (await plane.api('GET', `${path}/upstreams`)).body as KubeObject;
  /** One pass that looks only at the change since `before`. */
  async function follow(target: Target, text: string): Promise<void> {
    const before = target.desired(viewOf({}));
    now.text = text;
    const want = target.desired(viewOf({}), before);
    const changes = target.diff(want, await target.observe(want, signal, before));
    const context = { digest: target.digest(want), revision: 'services=8', signal, swapped: () => undefined };
    if (changes.length > 0) await target.apply(changes, context);
  }
  return { namespace, path, journal, log, now, make, read, follow };
}

describe('the object', () => {
  it('has owner, target, digest and the revision of the last change of its data', async () => {
    const { make, read, now } = await makeTarget();
    await pass(make(), viewOf({}));
    const first = await read();
    expect(first.metadata).toMatchObject({
      labels: { 'app.kubernetes.io/managed-by': 'rollcall', 'rollcall/owner': 'world', 'rollcall/target': 'one' },
      annotations: { 'rollcall/revision': 'services=7' },
    });
    expect(first.metadata.annotations?.['rollcall/digest']).toMatch(/^[0-9a-f]{64}$/);
    await pass(make({ labels: { team: 'edge' } }), viewOf({}));
    const labelled = await read();
    expect(labelled.metadata.labels).toMatchObject({ team: 'edge' });
    expect(labelled.metadata.annotations).toEqual(first.metadata.annotations);
    await pass(make(), viewOf({}));
    expect((await read()).metadata.labels).not.toHaveProperty('team');
    now.text = 'second\n';
    await pass(make(), viewOf({}));
    expect((await read()).metadata.annotations?.['rollcall/digest']).not.toBe(
      first.metadata.annotations?.['rollcall/digest'],
    );
  });

  it.each([configMapKind, secretKind])('is compressed as the consumer can read it: $key', async (kind) => {
    const { make, read, now } = await makeTarget({ compress: true }, kind);
    now.text = 'a line\n'.repeat(300_000);
    expect((await pass(make(), viewOf({}))).changes).toBe(1);
    const { data, binaryData } = await read();
    const stored = kind === secretKind ? data : binaryData;
    expect(gunzipSync(Buffer.from(stored?.['list.txt'] ?? '', 'base64')).toString()).toBe(now.text);
    expect((await pass(make(), viewOf({}))).changes).toBe(0);
    const target = make({ compress: false });
    now.text = 'short\n';
    await pass(target, viewOf({}));
    const plain = await read();
    expect(plain.binaryData).toBeUndefined();
    expect((await pass(target, viewOf({}))).changes).toBe(0);
  });
});

describe('the size of an object', () => {
  it.each([configMapKind, secretKind])('is judged as the API server judges it: $key', async (kind) => {
    const { make, read, now, path } = await makeTarget({}, kind);
    const encode = (text: string): string => (kind.isEncoded ? Buffer.from(text).toString('base64') : text);
    const verdictOn = async (bytes: number): Promise<number> => {
      const body = { metadata: { name: `size-${bytes}` }, data: { k: encode('x'.repeat(bytes)) } };
      return (await plane.api('POST', path, body)).status;
    };
    expect(await verdictOn(mostBytes - 1)).toBe(201);
    expect(await verdictOn(mostBytes)).toBe(201);
    expect(await verdictOn(mostBytes + 1)).toBe(422);

    const target = make();
    now.text = 'x'.repeat(mostBytes);
    const { applied } = await pass(target, viewOf({}));
    expect(applied?.caveats.join()).toMatch(/holds 1048576 bytes, 100 % of what Kubernetes allows/);
    now.text += 'x';
    expect(() => target.desired(viewOf({}))).toThrow(expect.objectContaining({ code: 'OBJECT_TOO_LARGE' }) as Error);
    now.text = 'x'.repeat(Math.ceil(0.8 * mostBytes) - 1);
    expect((await pass(target, viewOf({}))).applied?.caveats).toEqual([]);
    expect((await read()).data?.['list.txt']).toBe(encode(now.text));
  });

  it('of one service keeps only that service out', () => {
    const spec = worldSpec('any', {
      entries: [
        {
          key: 'k',
          template: {
            render: (_view, service) => ({
              text: service?.name === 'big' ? 'x'.repeat(mostBytes + 1) : 'x',
              isLocal: true,
              rejected: [],
            }),
          },
        },
      ],
    });
    const cluster = { owner: 'world', namespace: undefined, connect: () => Promise.resolve(kube) };
    const journal = { record: { owned: [] } } as never;
    const target = createObjectsTarget(configMapKind, spec, { target: 'one', journal, cluster, log: memoryLog() });
    const { objects, quarantined } = target.desired(viewOf({ big: [1], small: [2] }));
    expect(objects.map(({ name }) => name)).toEqual(['svc-small']);
    expect(quarantined).toMatchObject([
      { service: 'big', reason: expect.stringContaining('compress: gzip') as string },
    ]);
  });
});

describe('an object of another program', () => {
  it('is left as it is, until force takes it over; its own keys stay in any case', async () => {
    const { make, read, path } = await makeTarget();
    await plane.api('POST', path, {
      metadata: { name: 'upstreams' },
      data: { 'list.txt': 'theirs\n', other: 'theirs\n' },
    });
    const target = make();
    await expect(pass(target, viewOf({}))).rejects.toMatchObject({
      code: 'OUTPUT_FOREIGN',
      message: expect.stringContaining('rollcall did not make this object') as string,
    });
    expect((await target.preview(target.desired(viewOf({})), signal)).conflicts).toHaveLength(1);
    expect((await read()).data).toEqual({ 'list.txt': 'theirs\n', other: 'theirs\n' });
    await pass(make({ force: true }), viewOf({}));
    expect((await read()).data).toEqual({ 'list.txt': 'first\n', other: 'theirs\n' });
    await pass(make({ force: true, name: 'renamed' }), viewOf({}));
    const left = await read();
    expect(left.data).toEqual({ other: 'theirs\n' });
    expect(left.metadata.labels ?? {}).not.toHaveProperty('rollcall/owner');
  });

  it('that applies one of our keys is not fought, at a resync and between', async () => {
    const { make, read, path, now, follow } = await makeTarget();
    const target = make();
    await pass(target, viewOf({}));
    const object = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'upstreams' },
      data: { 'list.txt': 'argo\n' },
    };
    await plane.api('PATCH', `${path}/upstreams?fieldManager=argo&force=true`, object, applyPatch);
    await expect(follow(target, 'second\n')).rejects.toMatchObject({ code: 'KUBE_CONFLICT' });
    expect((await read()).data).toEqual({ 'list.txt': 'argo\n' });
    await expect(pass(make(), viewOf({}))).rejects.toMatchObject({
      code: 'OUTPUT_FOREIGN',
      message: expect.stringContaining('another program applies its key list.txt: argo') as string,
    });
    expect((await read()).data).toEqual({ 'list.txt': 'argo\n' });
    // Both want the same: no conflict.
    now.text = 'argo\n';
    await pass(make(), viewOf({}));
    now.text = 'third\n';
    await pass(make({ force: true }), viewOf({}));
    expect((await read()).data).toEqual({ 'list.txt': 'third\n' });
  });

  it('that has taken its place between two passes is not written', async () => {
    const { make, read, path, follow } = await makeTarget();
    const target = make();
    await pass(target, viewOf({}));
    await plane.api('DELETE', `${path}/upstreams`);
    await plane.api('POST', path, { metadata: { name: 'upstreams' }, data: { mine: 'yes' } });
    await expect(follow(target, 'second\n')).rejects.toMatchObject({ code: 'OUTPUT_RACED' });
    expect((await read()).data).toEqual({ mine: 'yes' });
  });

  it('of another target of the same owner is not taken', async () => {
    const { make, read, path } = await makeTarget();
    const labels = { 'rollcall/owner': 'world', 'rollcall/target': 'two' };
    await plane.api('POST', path, { metadata: { name: 'upstreams', labels }, data: { 'list.txt': 'of two\n' } });
    await expect(pass(make(), viewOf({}))).rejects.toThrow('it belongs to target two of the owner world');
    expect((await read()).data).toEqual({ 'list.txt': 'of two\n' });
  });
});

describe('drift', () => {
  it.each(['resync', 'next change'])(
    'by an edit is written again at the %s, and the log names the editor',
    async (when) => {
      const { make, read, path, follow, log } = await makeTarget();
      const target = make();
      await pass(target, viewOf({}));
      const edit = { data: { 'list.txt': 'edited\n' } };
      await plane.api('PATCH', `${path}/upstreams?fieldManager=kubectl-edit`, edit, mergePatch);
      if (when === 'resync') await pass(target, viewOf({}));
      else await follow(target, 'second\n');
      expect((await read()).data).toEqual({ 'list.txt': when === 'resync' ? 'first\n' : 'second\n' });
      expect(log.lines.filter(({ level }) => level === 'warn').map(({ message }) => message)).toEqual([
        expect.stringMatching(/upstreams was changed by kubectl-edit: it is written again$/),
      ]);
    },
  );

  it('by a removal is written again, and said', async () => {
    const { make, read, path, log, follow } = await makeTarget();
    const target = make();
    await pass(target, viewOf({}));
    await plane.api('DELETE', `${path}/upstreams`);
    await pass(target, viewOf({}));
    expect((await read()).data).toEqual({ 'list.txt': 'first\n' });
    expect(log.lines.map(({ message }) => message).join()).toContain('upstreams was removed by another program');
    await plane.api('DELETE', `${path}/upstreams`);
    await follow(target, 'second\n');
    expect((await read()).data).toEqual({ 'list.txt': 'second\n' });
  });

  it('of labels is healed without a change of the revision', async () => {
    const { make, read, path } = await makeTarget();
    await pass(make(), viewOf({}));
    const labels = { 'rollcall/owner': null, 'rollcall/target': null };
    await plane.api('PATCH', `${path}/upstreams`, { metadata: { labels } }, mergePatch);
    await pass(make(), viewOf({}));
    expect((await read()).metadata.labels).toMatchObject({ 'rollcall/owner': 'world', 'rollcall/target': 'one' });
  });
});

it('an object that the config no longer names goes, and the new one comes first', async () => {
  const { make, path } = await makeTarget();
  await pass(make(), viewOf({}));
  await pass(make({ name: 'renamed' }), viewOf({}));
  const { body } = await plane.api('GET', path);
  expect((body as { items: KubeObject[] }).items.map(({ metadata }) => metadata.name)).toEqual(['renamed']);
});

it('the change of one object leaves no value of a secret in the journal, at any step', async () => {
  const canary = randomBytes(12).toString('hex');
  const { namespace, now, journal } = await makeTarget({}, secretKind);
  now.text = canary;
  const seen: string[] = [];
  const cluster = { owner: 'world', namespace: undefined, connect: () => Promise.resolve(kube) };
  const entries = [{ key: 'k', template: { render: () => ({ text: now.text, rejected: [] }) } }];
  const spec = worldSpec(namespace, { name: 'one', fanOut: undefined, entries });
  const log = memoryLog();
  const onStep = (): void => void seen.push(JSON.stringify(journal.record));
  const target = createObjectsTarget(secretKind, spec, { target: 'one', journal, cluster, log, secret: true, onStep });
  await pass(target, viewOf({}));
  now.text = `${canary}2`;
  await pass(target, viewOf({}));
  expect(seen.length).toBeGreaterThan(6);
  for (const text of [canary, Buffer.from(canary).toString('base64').slice(0, 20)])
    expect([...seen, JSON.stringify(log.lines)].join('\n')).not.toContain(text);
});

it('of 200 objects, the change of one is one PATCH, and nothing else is read', async () => {
  const namespace = await makeNamespace(plane);
  const store = await openStore(`${await memoryDir()}/state`, { log: memoryLog() });
  const journal = await store.journal('many');
  const cluster = { owner: 'world', namespace: undefined, connect: () => Promise.resolve(kube) };
  const deps = { target: 'many', journal, cluster, log: memoryLog() };
  const target = createObjectsTarget(configMapKind, worldSpec(namespace), deps);
  const services = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`s${index}`, [7000]]));
  const asked = async (): Promise<string[]> =>
    (await plane.audit()).flatMap((line) => {
      const { verb, objectRef } = line as { verb: string; objectRef?: { namespace?: string; resource?: string } };
      return objectRef?.namespace === namespace && objectRef.resource === 'configmaps' ? [verb] : [];
    });
  const first = viewOf(services);
  await pass(target, first);
  const before = target.desired(first);
  await until(async () => (await asked()).filter((verb) => verb === 'patch').length === 200, { what: '200 PATCHes' });
  const count = (await asked()).length;

  const second = {
    ...first,
    services: first.services.map((each) => (each.name === 's7' ? (viewOf({ s7: [7001] }).services[0] ?? each) : each)),
  };
  const want = target.desired(second, before);
  const changes = target.diff(want, await target.observe(want, signal, before));
  await target.apply(changes, { digest: '', revision: 'services=8', signal, swapped: () => undefined });
  // A request of our own marks the end of what the audit log must have.
  await plane.api('GET', `/api/v1/namespaces/${namespace}/configmaps/svc-s7`);
  await until(async () => (await asked()).length >= count + 2, { what: 'the audit log' });
  expect((await asked()).slice(count)).toEqual(['patch', 'get']);
});
