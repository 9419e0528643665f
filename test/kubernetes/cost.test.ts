import { beforeAll, expect, it } from 'vitest';
import { at } from '../faults/service-set.js';
import { putKeys } from '../support/keys.js';
import { makeClusterWorld } from './support/cluster-world.js';
import { startControlPlane, type ControlPlane } from './support/control-plane.js';
import { startFaultProxy } from './support/fault-proxy.js';

let plane: ControlPlane;
beforeAll(async () => {
  plane = await startControlPlane();
}, 120_000);

it('a put costs one PATCH of the ConfigMap and one of the Deployment, and nothing is read', async () => {
  const proxy = await startFaultProxy(plane);
  const world = await makeClusterWorld(plane, proxy);
  const others = Array.from({ length: 200 }, (_, index) => [`/services/s${index}/1`, JSON.stringify(at(7000 + index))]);
  await putKeys(world.etcd, Object.fromEntries(others) as Record<string, string>);
  await world.put(8001);
  const running = world.start();
  await world.inStep(60_000);
  const count = proxy.heard.length;
  await world.put(8002);
  await world.inStep();
  // Events are written in the background, with a count, so not for each change.
  const heard = proxy.heard.slice(count).filter(({ path }) => !path.includes('/events'));
  expect(
    heard.map(({ method, path }) => `${method} ${path.replace(/\?.*/, '').split('/').slice(-2).join('/')}`),
  ).toEqual(['PATCH configmaps/upstreams', 'PATCH deployments/nginx']);
  expect(await running.end()).toMatchObject({ code: 0 });
});
