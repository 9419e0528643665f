import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Kubernetes } from '../../src/kubernetes/client.js';
import type { Target } from '../../src/ports/target.js';
import { connectTo } from '../contract/objects-world.js';
import { addressOf, readServices, readSlices } from '../contract/slices-world.js';
import { pass } from '../contract/target.js';
import { until } from '../support/poll.js';
import { startControlPlane, type ControlPlane } from './support/control-plane.js';
import { at, makeSlicesTarget, viewOf } from './support/slices-target.js';

let plane: ControlPlane;
let kube: Kubernetes;
beforeAll(async () => {
  // Two families, so that Services of both can be made. The controllers run too: they must leave our objects alone.
  const args = ['--service-cluster-ip-range=10.96.0.0/16,fd00:96::/112'];
  plane = await startControlPlane({ controllers: true, args });
  kube = connectTo(plane);
}, 120_000);
afterAll(() => {
  kube.close();
});

const mergePatch = 'application/merge-patch+json';
const applyPatch = 'application/apply-patch+yaml';
const thousand = Array.from({ length: 1000 }, (_, index) => addressOf(index));

const reasons = (target: Target): string => (target.leftAlone?.() ?? []).map(({ reason }) => reason).join();

interface AuditLine {
  readonly verb: string;
  readonly userAgent?: string;
  readonly objectRef?: { readonly namespace?: string; readonly name?: string; readonly resource?: string };
}

/** What was written in a namespace by rollcall, as the audit log of the API server has it. */
async function writesIn(namespace: string): Promise<string[]> {
  return ((await plane.audit()) as unknown as AuditLine[])
    .filter(({ objectRef, verb }) => objectRef?.namespace === namespace && !['get', 'list', 'watch'].includes(verb))
    .filter(({ objectRef }) => ['services', 'endpointslices'].includes(objectRef?.resource ?? ''))
    .map(({ verb, objectRef }) => `${verb} ${objectRef?.resource}/${objectRef?.name}`);
}

describe('1,000 instances of one service', () => {
  it.each(['in one process', 'after a restart that has lost all state'])(
    'are ten slices, and an add, a removal and an update each write exactly one: %s',
    async (when) => {
      const { namespace, make, follow, endpointsNow } = await makeSlicesTarget(plane, kube);
      let target = make();
      let view = viewOf({ web: at(...thousand) });
      await pass(target, view);
      expect(await readSlices(plane, namespace)).toHaveLength(10);
      expect(await endpointsNow('web')).toEqual([...thousand].sort());
      const isLost = when !== 'in one process';
      const draining = at(...thousand.slice(0, 500), '10.2.0.1').map((each, index) =>
        index === 7 ? { ...each, status: 'draining' as const } : each,
      );
      for (const next of [
        viewOf({ web: at(...thousand, '10.2.0.1') }),
        viewOf({ web: at(...thousand.slice(0, 500), ...thousand.slice(501), '10.2.0.1') }),
        viewOf({ web: [...draining, ...at(...thousand.slice(501))] }),
      ]) {
        const before = (await writesIn(namespace)).length;
        if (isLost) {
          const lost = await makeSlicesTarget(plane, kube, {}, { namespace });
          target = lost.make();
          expect((await pass(target, next)).changes).toBe(1);
        } else expect(await follow(target, view, next)).toBe(1);
        const writes = await until(
          async () => {
            const now = (await writesIn(namespace)).slice(before);
            return now.length > 0 ? now : undefined;
          },
          { what: 'the audit log' },
        );
        // The eleventh slice is made by the first change, because all ten are full.
        expect(writes).toEqual([expect.stringMatching(/^patch endpointslices\/web-[0-9a-f]{8}-\d+$/)]);
        view = next;
      }
      expect((await pass(target, view)).changes).toBe(0);
      expect(await endpointsNow('web')).toEqual([...thousand.filter((_, index) => index !== 500), '10.2.0.1'].sort());
    },
  );
});

describe('the objects', () => {
  it('have labels, digest, revision, and what a consumer reads', async () => {
    const { make, namespace, serviceNow } = await makeSlicesTarget(plane, kube, {
      labels: { team: 'edge' },
      annotations: { note: 'x' },
    });
    const web = at('10.0.0.1', '10.0.0.2').map((each) => ({ ...each, scheme: 'h2c' }));
    const [first, second] = web;
    if (!first || !second) throw new Error('two instances');
    await pass(
      make(),
      viewOf({
        web: [
          { ...first, zone: 'eu-1' },
          { ...second, status: 'draining' },
        ],
      }),
    );
    const labels = {
      'app.kubernetes.io/managed-by': 'rollcall',
      'rollcall/owner': 'world',
      'rollcall/target': 'one',
      team: 'edge',
    };
    expect(await serviceNow('web')).toMatchObject({
      metadata: { labels, annotations: { note: 'x', 'rollcall/revision': 'services=7' } },
      spec: {
        type: 'ClusterIP',
        ports: [{ name: 'main', port: 80, protocol: 'TCP', appProtocol: 'kubernetes.io/h2c' }],
      },
    });
    expect(await readSlices(plane, namespace)).toMatchObject([
      {
        metadata: {
          labels: {
            ...labels,
            'kubernetes.io/service-name': 'web',
            'endpointslice.kubernetes.io/managed-by': 'rollcall-endpoint-slices',
          },
        },
        addressType: 'IPv4',
        ports: [{ name: 'main', port: 8080, protocol: 'TCP', appProtocol: 'kubernetes.io/h2c' }],
        endpoints: [
          { addresses: ['10.0.0.1'], zone: 'eu-1', conditions: { ready: true, serving: true, terminating: false } },
          { addresses: ['10.0.0.2'], conditions: { ready: false, serving: true, terminating: true } },
        ],
      },
    ]);
  });

  it('of both families have a Service with both, which keeps them', async () => {
    const { make, serviceNow } = await makeSlicesTarget(plane, kube);
    const six = { address: 'fd00::1', host: '[fd00::1]', family: 'ipv6' as const };
    const [four] = at('10.0.0.1');
    if (!four) throw new Error('one instance');
    const both = viewOf({ web: [four, { ...four, ...six, id: 'six' }] });
    const target = make();
    await pass(target, both);
    const spec = (await serviceNow('web'))?.spec;
    expect(spec).toMatchObject({ ipFamilyPolicy: 'PreferDualStack', ipFamilies: ['IPv4', 'IPv6'] });
    expect((await pass(target, both)).changes).toBe(0);
    await pass(target, viewOf({ web: [four] }));
    expect((await serviceNow('web'))?.spec).toMatchObject({ clusterIPs: spec?.clusterIPs });
    expect((await pass(make(), viewOf({ web: [four] }))).changes).toBe(0);
  });

  it('of another port follow without a moment in which both are gone', async () => {
    const { make, endpointsNow, namespace } = await makeSlicesTarget(plane, kube);
    const target = make();
    await pass(target, viewOf({ web: at('10.0.0.1') }));
    await pass(target, viewOf({ web: at('10.0.0.1').map((each) => ({ ...each, port: 9090 })) }));
    expect(await endpointsNow('web')).toEqual(['10.0.0.1']);
    expect((await readSlices(plane, namespace)).map(({ ports }) => ports[0]?.port)).toEqual([9090]);
  });

  it('of a service without instances are a Service without slices', async () => {
    const { make, serviceNow, namespace } = await makeSlicesTarget(plane, kube);
    const target = make();
    await pass(target, viewOf({ web: at('10.0.0.1') }));
    await pass(target, viewOf({ web: [] }, ['web']));
    expect(await serviceNow('web')).toBeDefined();
    expect(await readSlices(plane, namespace)).toEqual([]);
    await pass(target, viewOf({}));
    expect(await serviceNow('web')).toBeUndefined();
  });

  it('become headless and back: the Service is made again, and it is said', async () => {
    const { make, serviceNow, endpointsNow } = await makeSlicesTarget(plane, kube);
    const view = viewOf({ web: at('10.0.0.1') });
    await pass(make(), view);
    const uid = (await serviceNow('web'))?.metadata.uid;
    const headless = await pass(make({ headless: true }), view);
    expect(headless.applied?.caveats.join()).toMatch(/Service .*\/web was removed and made again/);
    const now = await serviceNow('web');
    expect(now?.spec).toMatchObject({ clusterIP: 'None' });
    expect(now?.metadata.uid).not.toBe(uid);
    expect(await endpointsNow('web')).toEqual(['10.0.0.1']);
    expect((await pass(make({ headless: true }), view)).changes).toBe(0);
    await pass(make(), view);
    expect((await serviceNow('web'))?.spec.clusterIP).toMatch(/^10\.96\./);
  });

  it('of another servicePort keep their cluster IP', async () => {
    const { make, serviceNow } = await makeSlicesTarget(plane, kube);
    const view = viewOf({ web: at('10.0.0.1') });
    await pass(make(), view);
    const before = await serviceNow('web');
    await pass(make({ servicePort: 8000 }), view);
    expect((await serviceNow('web'))?.spec).toMatchObject({
      clusterIP: before?.spec.clusterIP,
      ports: [{ port: 8000 }],
    });
    expect((await pass(make({ servicePort: 8000 }), view)).changes).toBe(0);
  });
});

describe('what rollcall did not make', () => {
  const spec = { ports: [{ name: 'http', port: 81 }] };

  it('a Service of that name is left alone, has no slices, and is said once; its neighbours are written', async () => {
    const { make, services, serviceNow, endpointsNow } = await makeSlicesTarget(plane, kube);
    await plane.api('POST', services, { metadata: { name: 'web' }, spec });
    const target = make();
    const view = viewOf({ api: at('10.0.0.2'), web: at('10.0.0.1') });
    await pass(target, view);
    await pass(target, view);
    expect((await serviceNow('web'))?.spec).toMatchObject({ ports: [{ name: 'http', port: 81 }] });
    expect((await serviceNow('web'))?.metadata.labels ?? {}).toEqual({});
    expect(await endpointsNow('web')).toEqual([]);
    expect(await endpointsNow('api')).toEqual(['10.0.0.2']);
    expect(target.leftAlone?.()).toEqual([
      {
        service: 'web',
        reason: expect.stringMatching(/\/web is left as it is: rollcall did not make this object$/) as string,
      },
    ]);
    expect((await target.preview(target.desired(view), new AbortController().signal)).conflicts).toHaveLength(1);
    await pass(make({ force: true }), view);
    expect(await endpointsNow('web')).toEqual(['10.0.0.1']);
    expect((await serviceNow('web'))?.metadata.labels).toMatchObject({ 'rollcall/owner': 'world' });
  });

  it('a Service with a selector is not taken, whatever its labels, and the cluster makes its endpoints', async () => {
    const { make, services, endpointsNow } = await makeSlicesTarget(plane, kube, { force: true });
    const labels = { 'rollcall/owner': 'world', 'rollcall/target': 'one' };
    await plane.api('POST', services, {
      metadata: { name: 'web', labels },
      spec: { ...spec, selector: { app: 'web' } },
    });
    const target = make();
    await pass(target, viewOf({ web: at('10.0.0.1') }));
    expect(await endpointsNow('web')).not.toContain('10.0.0.1');
    expect(reasons(target)).toContain('it has a selector');
  });

  it('a slice for a Service of ours stays, and is said', async () => {
    const { make, slices, endpointsNow, warnings } = await makeSlicesTarget(plane, kube);
    const target = make();
    await pass(target, viewOf({ web: at('10.0.0.1') }));
    await plane.api('POST', slices, {
      metadata: { name: 'web-theirs', labels: { 'kubernetes.io/service-name': 'web' } },
      ...{ addressType: 'IPv4', ports: [{ name: 'main', port: 1 }], endpoints: [{ addresses: ['10.9.9.9'] }] },
    });
    await pass(target, viewOf({ web: at('10.0.0.1') }));
    expect(await endpointsNow('web')).toEqual(['10.0.0.1', '10.9.9.9']);
    expect(warnings().join()).toMatch(/other programs have EndpointSlices for 1 Services .*web-theirs/);
    await pass(target, viewOf({}));
    expect(await endpointsNow('web')).toEqual(['10.9.9.9']);
  });

  it('a field that another program applies is not fought', async () => {
    const { make, services, slices, namespace, endpointsNow } = await makeSlicesTarget(plane, kube);
    const target = make();
    await pass(target, viewOf({ web: at('10.0.0.1') }));
    const name = (await readSlices(plane, namespace))[0]?.metadata.name;
    const theirs = {
      ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: { name }, addressType: 'IPv4' },
      endpoints: [{ addresses: ['10.8.8.8'] }],
    };
    await plane.api('PATCH', `${slices}/${name}?fieldManager=argo&force=true`, theirs, applyPatch);
    await pass(target, viewOf({ web: at('10.0.0.1', '10.0.0.3') }));
    expect(await endpointsNow('web')).toEqual(['10.8.8.8']);
    expect(reasons(target)).toMatch(/another program applies fields of web-.*: argo/);
    expect(services).toContain(namespace);
  });

  it('a Service that another program takes over has no slices of ours any more, until it is ours again', async () => {
    const { make, services, endpointsNow } = await makeSlicesTarget(plane, kube);
    const target = make();
    const view = viewOf({ api: at('10.0.0.2'), web: at('10.0.0.1') });
    await pass(target, view);
    await plane.api('PATCH', `${services}/web`, { spec: { selector: { app: 'web' } } }, 'application/merge-patch+json');
    await pass(target, view);
    expect([await endpointsNow('web'), await endpointsNow('api')]).toEqual([[], ['10.0.0.2']]);
    expect(reasons(target)).toContain('it has a selector');
    await plane.api('PATCH', `${services}/web`, { spec: { selector: null } }, 'application/merge-patch+json');
    await pass(target, view);
    expect(await endpointsNow('web')).toEqual(['10.0.0.1']);
  });

  it('a Service that has taken the place of ours between two passes is not written', async () => {
    const { make, services, serviceNow, follow } = await makeSlicesTarget(plane, kube);
    const target = make();
    const before = viewOf({ web: at('10.0.0.1') });
    await pass(target, before);
    await plane.api('DELETE', `${services}/web`);
    await plane.api('POST', services, { metadata: { name: 'web' }, spec });
    const withProtocol = viewOf({ web: at('10.0.0.1').map((each) => ({ ...each, scheme: 'http' })) });
    await follow(target, before, withProtocol);
    expect(reasons(target)).toContain('was replaced by another program meanwhile');
    expect((await serviceNow('web'))?.spec).toMatchObject({ ports: [{ port: 81 }] });
  });
});

describe('existing Services', () => {
  it('get slices and nothing else; one that is missing is said, and tried again', async () => {
    const { make, services, serviceNow, endpointsNow } = await makeSlicesTarget(plane, kube, {
      service: 'existing',
    });
    const target = make();
    const view = viewOf({ other: at('10.0.0.2'), web: at('10.0.0.1') });
    await pass(target, view);
    expect(await endpointsNow('web')).toEqual([]);
    expect(reasons(target)).toContain('there is no such Service');
    const mine = { metadata: { name: 'web' }, spec: { ports: [{ name: 'main', port: 80 }] } };
    await plane.api('POST', services, mine);
    await plane.api('POST', services, { metadata: { name: 'other' }, spec: { ports: [{ name: 'http', port: 80 }] } });
    const before = await serviceNow('web');
    await pass(target, view);
    expect(await endpointsNow('web')).toEqual(['10.0.0.1']);
    expect(await endpointsNow('other')).toEqual([]);
    expect(reasons(target)).toContain('it has no port with the name main');
    await pass(target, viewOf({}));
    expect(await endpointsNow('web')).toEqual([]);
    expect(await serviceNow('web')).toEqual(before);
  });

  it('with a selector have the endpoints of the cluster and ours', async () => {
    const { make, services, slices, endpointsNow } = await makeSlicesTarget(plane, kube, { service: 'existing' });
    const spec = { ports: [{ name: 'main', port: 80 }], selector: { app: 'web' } };
    await plane.api('POST', services, { metadata: { name: 'web' }, spec });
    const labelSelector = encodeURIComponent('endpointslice.kubernetes.io/managed-by=endpointslice-controller.k8s.io');
    await until(
      async () => {
        const { body } = await plane.api('GET', `${slices}?labelSelector=${labelSelector}`);
        return (body as { items: unknown[] }).items.length > 0;
      },
      { what: 'the slice of the control plane' },
    );
    const target = make();
    const view = viewOf({ web: at('10.0.0.1') });
    await pass(target, view);
    // The controller looks at the Service again, and leaves our slice as it is.
    await plane.api('PATCH', `${services}/web`, { metadata: { annotations: { touched: 'yes' } } }, mergePatch);
    await pass(target, view);
    expect((await pass(target, view)).changes).toBe(0);
    expect(await endpointsNow('web')).toEqual(['10.0.0.1']);
  });
});

describe('upsert-only', () => {
  it('removes no object: the slices of a service that is gone are emptied, and filled when it is back', async () => {
    const { make, namespace, serviceNow, endpointsNow } = await makeSlicesTarget(plane, kube, {
      policy: 'upsert-only',
    });
    const target = make();
    await pass(target, viewOf({ web: at('10.0.0.1', '10.0.0.2') }));
    await pass(target, viewOf({ web: at('10.0.0.1') }));
    expect(await endpointsNow('web')).toEqual(['10.0.0.1']);
    await pass(target, viewOf({}));
    expect(await serviceNow('web')).toBeDefined();
    expect(await readSlices(plane, namespace)).toHaveLength(1);
    expect(await endpointsNow('web')).toEqual([]);
    expect((await pass(make(), viewOf({}))).changes).toBe(0);
    await pass(target, viewOf({ web: at('10.0.0.9') }));
    expect(await endpointsNow('web')).toEqual(['10.0.0.9']);
    expect(await readSlices(plane, namespace)).toHaveLength(1);
  });
});

describe('drift', () => {
  it('of slices and Services is healed at a resync, and the log names the editor', async () => {
    const { make, services, slices, namespace, endpointsNow, serviceNow, warnings } = await makeSlicesTarget(
      plane,
      kube,
    );
    const target = make();
    const view = viewOf({ api: at('10.0.0.2'), web: at('10.0.0.1') });
    await pass(target, view);
    const names = (await readSlices(plane, namespace)).map(({ metadata }) => metadata.name);
    const [api, web] = ['api', 'web'].map((name) => names.find((each) => each.startsWith(name)));
    const edit = { endpoints: [{ addresses: ['10.66.66.66'], nodeName: 'x' }], ports: [{ name: 'other', port: 1 }] };
    await plane.api('PATCH', `${slices}/${web}?fieldManager=kubectl-edit`, edit, mergePatch);
    await plane.api('DELETE', `${slices}/${api}`);
    const port = { spec: { ports: [{ name: 'main', port: 99, protocol: 'TCP' }] } };
    await plane.api('PATCH', `${services}/api?fieldManager=kubectl-edit`, port, mergePatch);
    await plane.api('DELETE', `${services}/web`);
    await pass(target, view);
    expect(await endpointsNow('web')).toEqual(['10.0.0.1']);
    expect(await endpointsNow('api')).toEqual(['10.0.0.2']);
    expect((await serviceNow('api'))?.spec).toMatchObject({ ports: [{ port: 80 }] });
    expect(await serviceNow('web')).toBeDefined();
    const said = target.objects?.().known.map(({ name, service }) => [name, service]);
    expect(said).toEqual([
      ['api', 'api'],
      ['web', 'web'],
    ]);
    expect(warnings().join()).toMatch(/was (changed by kubectl-edit|removed by another program): it is written again/);
    expect((await pass(target, view)).changes).toBe(0);
  });

  it('of labels is healed, for a slice that no list finds any more, too', async () => {
    const { make, slices, namespace } = await makeSlicesTarget(plane, kube);
    const target = make();
    const view = viewOf({ web: at('10.0.0.1') });
    await pass(target, view);
    const [slice] = await readSlices(plane, namespace);
    const labels = { 'rollcall/owner': null, 'kubernetes.io/service-name': 'other' };
    await plane.api('PATCH', `${slices}/${slice?.metadata.name}`, { metadata: { labels } }, mergePatch);
    await pass(target, view);
    expect((await readSlices(plane, namespace)).map(({ metadata }) => metadata.labels)).toMatchObject([
      { 'rollcall/owner': 'world', 'kubernetes.io/service-name': 'web' },
    ]);
    expect((await pass(target, view)).changes).toBe(0);
  });
});

it('a change of one service among 200 costs one request, and an unchanged one costs none', async () => {
  const { namespace, make, follow } = await makeSlicesTarget(plane, kube);
  const many = Object.fromEntries(
    Array.from({ length: 200 }, (_, index) => [`s${index}`, at(addressOf(index))] as const),
  );
  const target = make();
  const before = viewOf({ ...many, web: at('10.0.0.1') });
  await pass(target, before);
  const asked = async (): Promise<string[]> =>
    ((await plane.audit()) as unknown as AuditLine[])
      .filter(
        ({ objectRef, userAgent }) => objectRef?.namespace === namespace && userAgent?.startsWith('kube-') !== true,
      )
      .map(({ verb, objectRef }) => `${verb} ${objectRef?.resource}`);
  const count = (await asked()).length;
  expect(await follow(target, before, viewOf({ ...many, web: at('10.0.0.1', '10.0.0.2') }))).toBe(1);
  await until(async () => (await asked()).length > count, { what: 'the audit log' });
  expect((await asked()).slice(count)).toEqual(['patch endpointslices']);
  expect((await readServices(plane, namespace)).length).toBe(201);
});
