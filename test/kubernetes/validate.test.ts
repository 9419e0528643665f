import { beforeAll, expect, it } from 'vitest';
import { makeNamespace } from '../contract/objects-world.js';
import { rollcall, type Ended } from '../support/command.js';
import { createPlace, type Place } from '../support/config.js';
import { putKey } from '../support/keys.js';
import { freePort } from '../support/ports.js';
import { startControlPlane, type ControlPlane } from './support/control-plane.js';
import { writeKubeconfig } from './support/kubeconfig.js';
import { grantPrinted, type Rule } from './support/role.js';

let plane: ControlPlane;
beforeAll(async () => {
  plane = await startControlPlane();
}, 120_000);

const refusedWords = /the cluster does not allow rollcall to (\S+ \S+) in namespace (\S+)/g;

/** Validates a config with a ConfigMap, a rollout and an election, by a ServiceAccount with some of the printed rules. */
async function validate(
  alter: (rules: readonly Rule[]) => readonly Rule[],
): Promise<{ end: Ended; place: Place; namespace: string }> {
  const namespace = await makeNamespace(plane);
  await putKey(plane.etcd, '/validated/web/1', '192.0.2.1:80');
  const place = await createPlace(plane.etcd, {});
  const write = (kubeconfig: string): Promise<void> =>
    place.write({
      kubernetes: { kubeconfig, namespace },
      election: { kubernetes: { name: 'rollcall' } },
      sources: [{ name: 'services', prefix: '/validated/', format: 'plain' }],
      targets: [
        {
          name: 'upstreams',
          configMap: { name: 'upstreams', data: { 'upstreams.conf': { template: 'nginx-upstreams' } } },
          reload: { rollout: { kind: 'Deployment', name: 'nginx' } },
        },
      ],
    });
  await write(plane.kubeconfig);
  const token = await grantPrinted(plane, place.file, namespace, alter);
  await write(await writeKubeconfig(plane.server, { token }, { ca: plane.authority.cert }));
  return { end: await rollcall(['validate', '-c', place.file]), place, namespace };
}

it('validate asks the API server for every right of the config, and names those that are missing', async () => {
  const whole = await validate((rules) => rules);
  expect([whole.end.code, whole.end.stderr]).toEqual([0, '']);

  const { end, namespace } = await validate((rules) =>
    rules.filter(({ resources, resourceNames }) => resources[0] === 'configmaps' && resourceNames === undefined),
  );
  expect(end.code).toBe(1);
  const missing = [...end.stderr.matchAll(refusedWords)].map(([, what, where]) => {
    expect(where).toBe(namespace);
    return what;
  });
  expect(missing.sort()).toEqual(
    [
      ...['delete', 'get', 'patch'].map((verb) => `${verb} configmaps/upstreams`),
      ...['get', 'patch'].map((verb) => `${verb} configmaps/rollcall-guard`),
      'patch deployments/nginx',
      ...['get', 'update'].map((verb) => `${verb} leases/rollcall`),
      'create leases',
      ...['create', 'patch'].map((verb) => `${verb} events`),
    ].sort(),
  );
  expect(end.stderr).toContain('rollcall rbac');
});

it('validate warns when only events are not allowed', async () => {
  const { end } = await validate((rules) => rules.filter(({ resources }) => !resources.includes('events')));
  expect(end.code).toBe(0);
  expect(end.stderr).toMatch(/create events/);
});

it('validate says that the API server does not answer', async () => {
  const kubeconfig = await writeKubeconfig(`https://127.0.0.1:${await freePort()}`, {});
  const place = await createPlace(plane.etcd, {
    kubernetes: { kubeconfig, namespace: 'edge' },
    sources: [{ name: 'services', prefix: '/validated/', format: 'plain' }],
    targets: [{ name: 'one', secret: { name: 'one', data: { k: { template: 'json' } } } }],
  });
  await putKey(plane.etcd, '/validated/web/1', '192.0.2.1:80');
  const { code, stderr } = await rollcall(['validate', '-c', place.file]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/ECONNREFUSED/);
});

it('validate warns of weights that a target cannot express', async () => {
  const kubeconfig = plane.kubeconfig;
  const register = (id: string, weight: number): Promise<void> =>
    putKey(plane.etcd, `/weighted/web/${id}`, { host: '192.0.2.1', port: 8000 + weight, weight });
  const place = await createPlace(plane.etcd, {
    kubernetes: { kubeconfig, namespace: 'default' },
    election: { kubernetes: { name: 'rollcall' } },
    sources: [{ name: 'services', prefix: '/weighted/', format: 'json' }],
    targets: [{ name: 'slices', endpointSlices: {} }],
  });
  await register('a', 5);
  await register('b', 0);
  expect((await rollcall(['validate', '-c', place.file])).stderr).toBe('');
  await register('c', 1);
  const { code, stderr } = await rollcall(['validate', '-c', place.file]);
  expect(code).toBe(0);
  expect(stderr).toMatch(
    /instances of web in source services have different weights, and endpointSlices cannot express them/,
  );
});
