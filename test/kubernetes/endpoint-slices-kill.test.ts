import { rm } from 'node:fs/promises';
import { beforeAll, expect, it } from 'vitest';
import { makeNamespace } from '../contract/objects-world.js';
import { addressOf, readServices, readSlices } from '../contract/slices-world.js';
import { startRollcall } from '../support/command.js';
import { createPlace } from '../support/config.js';
import { startEtcd } from '../support/etcd.js';
import { deleteKeys, putKeys } from '../support/keys.js';
import { until } from '../support/poll.js';
import { startControlPlane, type ControlPlane } from './support/control-plane.js';

let plane: ControlPlane;
beforeAll(async () => {
  plane = await startControlPlane();
}, 120_000);

it('a kill -9 in the middle of many writes, with or without the state, leaves each instance in exactly one slice', async () => {
  const namespace = await makeNamespace(plane);
  const etcd = await startEtcd();
  const place = await createPlace(etcd, {
    kubernetes: { kubeconfig: plane.kubeconfig, namespace },
    sources: [{ name: 'services', prefix: '/services/', format: 'plain' }],
    targets: [{ name: 'slices', endpointSlices: {}, guard: 'off' }],
  });
  const registered = new Map<string, readonly number[]>();
  const addressesIn = async (service: string): Promise<string[]> =>
    (await readSlices(plane, namespace))
      .filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === service)
      .flatMap(({ endpoints }) => (endpoints ?? []).map(({ addresses: [first = ''] }) => first))
      .sort();
  const inStep = async (): Promise<boolean> => {
    const services = (await readServices(plane, namespace)).map(({ metadata }) => metadata.name).sort();
    if (JSON.stringify(services) !== JSON.stringify([...registered.keys()].sort())) return false;
    for (const [service, ids] of registered)
      if (JSON.stringify(await addressesIn(service)) !== JSON.stringify(ids.map(addressOf).sort())) return false;
    return true;
  };
  const versions = async (): Promise<string> =>
    (await readSlices(plane, namespace)).map(({ metadata }) => metadata.resourceVersion).join();

  for (let round = 0; round < 5; round++) {
    const running = startRollcall(['run', '-c', place.file]);
    if (round > 0) await until(inStep, { deadline: 30_000, every: 20, what: `round ${round} in step` });
    const before = await versions();
    // Thirty services at once are some sixty writes, one after the other.
    const keys: Record<string, string> = {};
    for (let index = 0; index < 30; index++) {
      const ids = Array.from({ length: 3 + round }, (_, each) => round * 1000 + index * 10 + each);
      registered.set(`s${index}`, ids);
      for (const [each, id] of ids.entries()) keys[`/services/s${index}/${each}`] = `${addressOf(id)}:80`;
    }
    await putKeys(etcd, keys);
    await until(async () => (await versions()) !== before, { deadline: 30_000, every: 2, what: 'the first write' });
    await running.end('SIGKILL');
    if (round % 2 === 1) await rm(place.at('state'), { recursive: true, force: true });
  }
  // Services go while nothing runs.
  const gone = ['s0', 's1', 's2'];
  await deleteKeys(
    etcd,
    gone.flatMap((service) => Array.from({ length: 7 }, (_, each) => `/services/${service}/${each}`)),
  );
  for (const service of gone) registered.delete(service);
  const last = startRollcall(['run', '-c', place.file]);
  await until(inStep, { deadline: 30_000, every: 20, what: 'all in step' });
  expect(await last.end()).toMatchObject({ code: 0 });
});
