import { beforeAll, describe, expect, it } from 'vitest';
import { resources } from '../../src/kubernetes/resources.js';
import { startControlPlane, type ControlPlane } from './support/control-plane.js';
import { connectWith } from './support/connect.js';

const { configMap, lease } = resources;
const path = '/api/v1/namespaces/default/configmaps';
const conflict = { code: 'KUBE_CONFLICT' };

let plane: ControlPlane;
beforeAll(async () => {
  plane = await startControlPlane();
});

const connect = (fieldManager = 'rollcall') => connectWith({ kubeconfig: plane.kubeconfig, fieldManager });
const named = (name: string, data: Record<string, string> = {}) => ({ metadata: { name, namespace: 'default' }, data });

describe('get', () => {
  it('returns the object, or undefined when there is none', async () => {
    const kube = connect();
    await plane.api('POST', path, { metadata: { name: 'there' }, data: { a: 'ä\n' } });
    const found = await kube.get(configMap, { namespace: 'default', name: 'there' });
    expect(found).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap', data: { a: 'ä\n' } });
    expect(await kube.get(configMap, { namespace: 'default', name: 'absent' })).toBeUndefined();
    expect(await kube.get(configMap, { namespace: 'no-such-namespace', name: 'there' })).toBeUndefined();
    expect(kube.server).toBe(plane.server);
  });

  it('tells an absent object from an unknown kind', async () => {
    const kube = connect();
    const unknown = { ...configMap, plural: 'configmapz' };
    const unknownGroup = { ...lease, group: 'no.such.group' };
    for (const resource of [unknown, unknownGroup])
      await expect(kube.get(resource, { namespace: 'default', name: 'a' })).rejects.toMatchObject({
        code: 'KUBE_REFUSED',
        retry: true,
      });
  });

  it.each(['', '.', '..', 'a/b', 'a%2fb', '\ud800'])(
    'refuses the name %j, which would be another path',
    async (name) => {
      await expect(connect().get(configMap, { namespace: 'default', name })).rejects.toMatchObject({
        code: 'KUBE_REFUSED',
      });
      await expect(connect().get(configMap, { namespace: name, name: 'a' })).rejects.toMatchObject({
        code: 'KUBE_REFUSED',
      });
    },
  );

  it('uses one connection for many calls, and few for many at once', async () => {
    const kube = connect();
    const before = await establishedTo(plane.port);
    await Promise.all(Array.from({ length: 100 }, () => kube.get(configMap, { namespace: 'default', name: 'there' })));
    expect((await establishedTo(plane.port)) - before).toBeLessThanOrEqual(8);
  });
});

describe('apply', () => {
  it('creates the object, changes it, and removes fields that it gives up', async () => {
    const kube = connect();
    const first = await kube.apply(configMap, named('applied', { a: '1', b: '2' }));
    const same = await kube.apply(configMap, named('applied', { a: '1', b: '2' }));
    expect(same.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
    await kube.apply(configMap, named('applied', { b: '3' }));
    expect((await plane.api('GET', `${path}/applied`)).body).toMatchObject({ data: { b: '3' } });
    expect(JSON.stringify((await plane.api('GET', `${path}/applied`)).body)).not.toContain('"a":"1"');
  });

  it('names the other managers of a field and changes nothing, unless it is told to take the field over', async () => {
    await connect('other "one"').apply(configMap, named('foreign', { a: 'theirs' }));
    const kube = connect();
    await expect(kube.apply(configMap, named('foreign', { a: 'ours', b: 'ours' }))).rejects.toMatchObject({
      ...conflict,
      message: expect.stringContaining(
        'apply configmaps default/foreign: the API server at https://127.0.0.1:',
      ) as unknown,
      traits: { conflicts: [{ field: '.data.a', manager: 'other \\"one\\"' }], maybeSent: false },
    });
    expect((await plane.api('GET', `${path}/foreign`)).body).toMatchObject({ data: { a: 'theirs' } });
    await kube.apply(configMap, named('foreign', { a: 'ours' }), { force: true });
    expect((await plane.api('GET', `${path}/foreign`)).body).toMatchObject({ data: { a: 'ours' } });
  });

  it('stores nothing in a dry run', async () => {
    const kube = connect();
    expect(await kube.apply(configMap, named('dry', { a: '1' }), { dryRun: true })).toMatchObject({ data: { a: '1' } });
    expect(await kube.get(configMap, { namespace: 'default', name: 'dry' })).toBeUndefined();
  });

  it('quotes the reason when the object is not valid', async () => {
    await expect(connect().apply(configMap, named('invalid', { 'a b': '1' }))).rejects.toMatchObject({
      code: 'KUBE_REFUSED',
      retry: false,
      message: expect.stringContaining('a valid config key must consist of alphanumeric characters') as unknown,
    });
  });

  it('may be tried again when the namespace does not exist yet', async () => {
    const object = { metadata: { name: 'early', namespace: 'to-come' }, data: {} };
    await expect(connect().apply(configMap, object)).rejects.toMatchObject({
      code: 'KUBE_REFUSED',
      retry: true,
      message: expect.stringContaining('namespaces "to-come" not found') as unknown,
    });
  });
});

describe('create, replace and patch', () => {
  it('creates an object once', async () => {
    const kube = connect();
    await kube.create(configMap, named('created', { a: '1' }));
    await expect(kube.create(configMap, named('created'))).rejects.toMatchObject({
      ...conflict,
      traits: { reason: 'AlreadyExists' },
    });
  });

  it('replaces only the version that it has seen', async () => {
    const kube = connect();
    const at = { name: 'held', namespace: 'default' };
    const seen = await kube.create(lease, {
      metadata: at,
      spec: { holderIdentity: 'a', renewTime: '2026-01-02T03:04:05.678901Z' },
    });
    const next = { metadata: seen.metadata, spec: { holderIdentity: 'b', renewTime: '2026-01-02T03:04:06.000001Z' } };
    expect(await kube.replace(lease, next)).toMatchObject({
      spec: { holderIdentity: 'b', renewTime: '2026-01-02T03:04:06.000001Z' },
    });
    await expect(kube.replace(lease, next)).rejects.toMatchObject({
      ...conflict,
      traits: { reason: 'Conflict', conflicts: [] },
    });
  });

  it('merges a patch, into one version if it names it', async () => {
    const kube = connect();
    const seen = await kube.create(configMap, named('patched', { a: '1', b: '2' }));
    const at = { namespace: 'default', name: 'patched' };
    expect(await kube.patch(configMap, at, { data: { a: null, c: '3' } })).toMatchObject({ data: { b: '2', c: '3' } });
    const { resourceVersion } = seen.metadata;
    await expect(kube.patch(configMap, at, { metadata: { resourceVersion }, data: { d: '4' } })).rejects.toMatchObject(
      conflict,
    );
  });
});

describe('delete', () => {
  it('deletes the object, and says whether there was one', async () => {
    const kube = connect();
    await kube.create(configMap, named('doomed'));
    expect(await kube.delete(configMap, { namespace: 'default', name: 'doomed' })).toBe(true);
    expect(await kube.delete(configMap, { namespace: 'default', name: 'doomed' })).toBe(false);
  });

  it('leaves another object of the same name, or a newer version', async () => {
    const kube = connect();
    const at = { namespace: 'default', name: 'again' };
    const old = await kube.create(configMap, named('again', { a: '1' }));
    await kube.delete(configMap, at);
    const { uid = '', resourceVersion = '' } = (await kube.create(configMap, named('again', { a: '2' }))).metadata;
    await expect(kube.delete(configMap, at, { uid: old.metadata.uid ?? '' })).rejects.toMatchObject(conflict);
    await kube.patch(configMap, at, { data: { a: '3' } });
    await expect(kube.delete(configMap, at, { uid, resourceVersion })).rejects.toMatchObject(conflict);
    expect(await kube.delete(configMap, at, { uid })).toBe(true);
  });
});

/** The connections of this process to a port (proc(5), /proc/net/tcp: address and port in hex; state 01 is ESTABLISHED). */
async function establishedTo(port: number): Promise<number> {
  const { readFile } = await import('node:fs/promises');
  const remote = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const lines = (await readFile('/proc/self/net/tcp', 'utf8')).split('\n');
  return lines.filter((line) => line.trim().split(/\s+/)[2] === remote && line.trim().split(/\s+/)[3] === '01').length;
}
