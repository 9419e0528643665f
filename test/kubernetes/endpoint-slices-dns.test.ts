import { beforeAll, expect, it } from 'vitest';
import { askStatus } from '../faults/observer.js';
import { startRollcall } from '../support/command.js';
import { createPlace } from '../support/config.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { deleteKey, putKey } from '../support/keys.js';
import { until } from '../support/poll.js';
import { startControlPlane, type ControlPlane } from './support/control-plane.js';
import { startCoreDns, type CoreDns } from './support/core-dns.js';
import { writeKubeconfig } from './support/kubeconfig.js';
import { grantPrinted } from './support/role.js';

let plane: ControlPlane;
let dns: CoreDns;
let etcd: EtcdServer;
beforeAll(async () => {
  plane = await startControlPlane({ controllers: true });
  [dns, etcd] = await Promise.all([startCoreDns(plane), startEtcd()]);
}, 120_000);

const register = (id: string, value: object): Promise<unknown> => putKey(etcd, `/services/web/${id}`, value);

it('CoreDNS answers with exactly the passing instances within a second of the put, under the printed Role', async () => {
  const configOf = (kubeconfig: string): object => ({
    kubernetes: { kubeconfig, namespace: 'default' },
    sources: [{ name: 'services', prefix: '/services/', format: 'json' }],
    targets: [
      { name: 'headless', endpointSlices: { headless: true, prefix: 'h-' }, guard: 'off' },
      { name: 'with-address', endpointSlices: { prefix: 'vip-', servicePort: 8000 }, guard: 'off' },
    ],
  });
  const place = await createPlace(etcd, configOf(plane.kubeconfig));
  const token = await grantPrinted(plane, place.file, 'default');
  await place.write(configOf(await writeKubeconfig(plane.server, { token }, { ca: plane.authority.cert })));
  await register('a', { host: '10.0.0.1', port: 8080 });
  const running = startRollcall(['run', '-c', place.file]);
  const socket = place.at('state', 'admin.sock');
  await until(async () => (await askStatus(socket))?.inStep === true, { deadline: 30_000, what: 'in step' });
  const name = 'h-web.default.svc.cluster.local';
  const answers = async (addresses: readonly string[]): Promise<void> => {
    await until(async () => JSON.stringify(await dns.addresses(name)) === JSON.stringify(addresses), {
      what: `the answer ${addresses.join()}`,
      deadline: 1000,
      every: 5,
    });
  };
  await answers(['10.0.0.1']);
  await register('b', { host: '10.0.0.2', port: 8081 });
  await answers(['10.0.0.1', '10.0.0.2']);
  expect((await dns.servers(`_main._tcp.${name}`)).map((server) => server.replace(/^[^:]*/, ''))).toEqual([
    ':8080',
    ':8081',
  ]);
  await register('c', { host: '10.0.0.3', port: 8080, status: 'critical' });
  await register('b', { host: '10.0.0.2', port: 8081, status: 'draining' });
  await answers(['10.0.0.1']);
  await register('b', { host: '10.0.0.2', port: 8081 });
  await answers(['10.0.0.1', '10.0.0.2']);
  await deleteKey(etcd, '/services/web/a');
  await answers(['10.0.0.2']);

  // A Service with an address of its own: DNS names that, and SRV the port of the Service.
  const [address] = await dns.addresses('vip-web.default.svc.cluster.local');
  expect(address).toMatch(/^10\.96\./);
  expect(await dns.servers('_main._tcp.vip-web.default.svc.cluster.local')).toEqual([
    'vip-web.default.svc.cluster.local:8000',
  ]);
  await deleteKey(etcd, '/services/web/b');
  await deleteKey(etcd, '/services/web/c');
  await answers([]);
  await until(async () => (await dns.addresses('vip-web.default.svc.cluster.local')).length === 0, { what: 'no name' });
  expect(await running.end()).toMatchObject({ code: 0 });
  expect(running.lines().filter(({ level }) => level === 'error')).toEqual([]);
});
