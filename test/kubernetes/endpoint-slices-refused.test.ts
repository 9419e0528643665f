import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fieldManagerOf } from '../../src/kubernetes/access.js';
import { createKubernetes, type Kubernetes } from '../../src/kubernetes/client.js';
import type { Leader } from '../../src/ports/leader.js';
import type { Target } from '../../src/ports/target.js';
import { connectTo, makeNamespace } from '../contract/objects-world.js';
import { readServices, readSlices } from '../contract/slices-world.js';
import { pass } from '../contract/target.js';
import { realClock } from '../support/clock.js';
import { until } from '../support/poll.js';
import { startControlPlane, type ControlPlane } from './support/control-plane.js';
import { startFaultProxy } from './support/fault-proxy.js';
import { writeKubeconfig } from './support/kubeconfig.js';
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

const mergePatch = 'application/merge-patch+json';
const applyPatch = 'application/apply-patch+yaml';
const admission = '/apis/admissionregistration.k8s.io/v1';

const reasons = (target: Target): string => (target.leftAlone?.() ?? []).map(({ reason }) => reason).join();

/** From now on, admission refuses each write of this object in the namespace. @returns ends that */
async function forbid(namespace: string, path: string, name: string): Promise<() => Promise<void>> {
  const policy = `${namespace}-${name}`;
  await plane.api('POST', `${admission}/validatingadmissionpolicies`, {
    metadata: { name: policy },
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: {
        resourceRules: [
          {
            ...{ apiGroups: ['', 'discovery.k8s.io'], apiVersions: ['v1'], resources: ['services', 'endpointslices'] },
            operations: ['CREATE', 'UPDATE'],
          },
        ],
      },
      validations: [
        {
          expression: `request.namespace != "${namespace}" || request.name != "${name}"`,
          message: 'no room for this one',
        },
      ],
    },
  });
  const binding = { metadata: { name: policy }, spec: { policyName: policy, validationActions: ['Deny'] } };
  await plane.api('POST', `${admission}/validatingadmissionpolicybindings`, binding);
  const metadata = { name, namespace, labels: { trial: 'yes' } };
  const trial = path.includes('/endpointslices')
    ? { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata, addressType: 'IPv4' }
    : { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports: [{ name: 'main', port: 80, protocol: 'TCP' }] } };
  const isRefused = async (): Promise<boolean> => {
    const { body } = await plane.api('PATCH', `${path}/${name}?dryRun=All&fieldManager=x`, trial, applyPatch);
    return JSON.stringify(body).includes('no room');
  };
  await until(isRefused, { what: 'the admission policy' });
  return async () => {
    await plane.api('DELETE', `${admission}/validatingadmissionpolicybindings/${policy}`);
    await until(async () => !(await isRefused()), { what: 'the end of the admission policy' });
  };
}

describe('an object that the API server refuses', () => {
  it('leaves its service as it was, and the others are written; it is tried again', async () => {
    const { make, namespace, services, follow, endpointsNow, journal } = await makeSlicesTarget(plane, kube);
    const permit = await forbid(namespace, services, 'bad');
    const target = make();
    const view = viewOf({ api: at('10.0.0.1'), bad: at('10.0.0.2'), web: at('10.0.0.3') });
    await pass(target, view);
    expect((await readServices(plane, namespace)).map(({ metadata }) => metadata.name)).toEqual(['api', 'web']);
    expect([await endpointsNow('api'), await endpointsNow('bad'), await endpointsNow('web')]).toEqual([
      ['10.0.0.1'],
      [],
      ['10.0.0.3'],
    ]);
    expect(target.leftAlone?.()).toMatchObject([{ service: 'bad' }]);
    expect(reasons(target)).toContain('no room for this one');
    expect(journal.record.owned.map((entry) => entry.split('/')[1])).toEqual(['api', 'web']);
    const next = viewOf({ api: at('10.0.0.1'), bad: at('10.0.0.2'), web: at('10.0.0.4') });
    await follow(target, view, next);
    expect(await endpointsNow('web')).toEqual(['10.0.0.4']);
    expect(reasons(target)).toContain('no room for this one');
    await permit();
    await follow(target, next, next);
    expect(await endpointsNow('bad')).toEqual(['10.0.0.2']);
    expect(reasons(target)).toBe('');
  });

  it('of a service with endpoints leaves these as they were', async () => {
    const { make, namespace, slices, follow, endpointsNow } = await makeSlicesTarget(plane, kube);
    const target = make();
    const four = at('10.0.0.2').map((each) => ({ ...each, port: 9090 }));
    const view = viewOf({ bad: [...at('10.0.0.1'), ...four] });
    await pass(target, view);
    const found = await readSlices(plane, namespace);
    const second = found.find(({ ports }) => ports[0]?.port === 9090)?.metadata.name ?? '';
    const permit = await forbid(namespace, slices, second);
    const next = viewOf({
      bad: [...at('10.0.0.3'), ...four.map((each) => ({ ...each, zone: 'eu' }))],
      web: at('10.0.0.4'),
    });
    await follow(target, view, next);
    expect([await endpointsNow('bad'), await endpointsNow('web')]).toEqual([['10.0.0.1', '10.0.0.2'], ['10.0.0.4']]);
    await permit();
    await follow(target, next, next);
    expect(await endpointsNow('bad')).toEqual(['10.0.0.2', '10.0.0.3']);
  });
});

describe('a write whose answer is lost', () => {
  it.each(['without', 'with'])('has succeeded when the object is as it was to be, %s an election', async (election) => {
    const proxy = await startFaultProxy(plane);
    const options = {
      ...{
        kubeconfig: await writeKubeconfig(proxy.server, { token: 'admin-token' }, { ca: plane.authority.cert }),
        fieldManager: fieldManagerOf('world'),
      },
      ...{ callTimeout: 1500, dialTimeout: 500 },
    };
    const client = createKubernetes(options, { env: {}, clock: realClock, random: () => 0 });
    const { signal } = new AbortController();
    const leader: Leader = { current: () => ({ epoch: '1', holder: 'one', signal }) };
    const { make, follow, endpointsNow } = await makeSlicesTarget(
      plane,
      client,
      {},
      election === 'with' ? { leader } : {},
    );
    const target = make();
    const first = viewOf({ web: at('10.0.0.1') });
    const losing = () => {
      const lost = new Set<string>();
      proxy.fail(({ method, path }) => {
        const name = path.split('?')[0] ?? '';
        if (method !== 'PATCH' || lost.has(name)) return undefined;
        lost.add(name);
        return 'lost';
      });
    };
    losing();
    await pass(target, first);
    const second = viewOf({ web: at('10.0.0.1', '10.0.0.2') });
    losing();
    await follow(target, first, second);
    expect(await endpointsNow('web')).toEqual(['10.0.0.1', '10.0.0.2']);
    expect((await pass(target, second)).changes).toBe(0);
    client.close();
  });
});

describe('another program that applies fields of a slice', () => {
  it('and agrees keeps only its own service from being written, once they differ; a removal leaves what it applies', async () => {
    const { make, namespace, slices, follow, endpointsNow } = await makeSlicesTarget(plane, kube);
    const target = make();
    const view = viewOf({ api: at('10.0.0.2'), web: at('10.0.0.1') });
    await pass(target, view);
    const web = (await readSlices(plane, namespace)).find(({ metadata }) => metadata.name.startsWith('web'));
    const { addressType, endpoints, ports } = web as { addressType: string; endpoints: unknown; ports: unknown };
    const theirs = {
      ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: { name: web?.metadata.name } },
      ...{ addressType, endpoints, ports },
    };
    await plane.api('PATCH', `${slices}/${web?.metadata.name}?fieldManager=argo`, theirs, applyPatch);
    expect((await pass(target, view)).changes).toBe(0);
    expect(reasons(target)).toBe('');
    const next = viewOf({ api: at('10.0.0.3'), web: at('10.0.0.4') });
    await pass(target, next);
    expect([await endpointsNow('api'), await endpointsNow('web')]).toEqual([['10.0.0.3'], ['10.0.0.1']]);
    expect(reasons(target)).toMatch(/another program applies fields of web-.*: argo/);
    await follow(target, next, viewOf({ api: at('10.0.0.3') }));
    const left = (await readSlices(plane, namespace)).find(({ metadata }) => metadata.name === web?.metadata.name);
    expect(left).toMatchObject({ endpoints: [{ addresses: ['10.0.0.1'] }] });
    expect(left?.metadata.labels ?? {}).not.toHaveProperty('rollcall/owner');
    expect((await pass(make(), viewOf({ api: at('10.0.0.3') }))).changes).toBe(0);
  });
});

describe('slices of the same name', () => {
  it('of two owners on one existing Service stand beside each other', async () => {
    const namespace = await makeNamespace(plane);
    const other = createKubernetes(
      { kubeconfig: plane.kubeconfig, fieldManager: fieldManagerOf('other') },
      { env: {}, clock: realClock, random: () => 0 },
    );
    const more = { service: 'existing' } as const;
    const ours = await makeSlicesTarget(plane, kube, more, { namespace });
    const theirs = await makeSlicesTarget(plane, other, more, { namespace, owner: 'other' });
    const spec = { ports: [{ name: 'main', port: 80 }] };
    await plane.api('POST', ours.services, { metadata: { name: 'web' }, spec });
    const [one, two] = [ours.make(), theirs.make()];
    await pass(one, viewOf({ web: at('10.0.0.1') }));
    await pass(two, viewOf({ web: at('10.0.0.2') }));
    expect(await ours.endpointsNow('web')).toEqual(['10.0.0.1', '10.0.0.2']);
    await pass(one, viewOf({ web: at('10.0.0.3') }));
    expect((await pass(two, viewOf({ web: at('10.0.0.2') }))).changes).toBe(0);
    expect(await ours.endpointsNow('web')).toEqual(['10.0.0.2', '10.0.0.3']);
    await pass(one, viewOf({}));
    expect(await ours.endpointsNow('web')).toEqual(['10.0.0.2']);
    other.close();
  });

  it('that have lost the label of the owner are found again, and no second ones are made', async () => {
    const { make, namespace, slices, endpointsNow } = await makeSlicesTarget(plane, kube);
    const target = make();
    const view = viewOf({ web: at('10.0.0.1') });
    await pass(target, view);
    const [slice] = await readSlices(plane, namespace);
    const labels = { 'rollcall/owner': null };
    await plane.api('PATCH', `${slices}/${slice?.metadata.name}`, { metadata: { labels } }, mergePatch);
    await pass(target, view);
    expect(await endpointsNow('web')).toEqual(['10.0.0.1']);
    expect(await readSlices(plane, namespace)).toHaveLength(1);
  });
});

it('an ExternalName Service is not taken over by force, because it could not be restored', async () => {
  const { make, services, serviceNow } = await makeSlicesTarget(plane, kube, { force: true });
  const spec = { type: 'ExternalName', externalName: 'web.example.net' };
  await plane.api('POST', services, { metadata: { name: 'web' }, spec });
  const target = make();
  await pass(target, viewOf({ web: at('10.0.0.1') }));
  expect((await serviceNow('web'))?.spec).toMatchObject(spec);
  expect(reasons(target)).toContain('it is an ExternalName Service');
});
