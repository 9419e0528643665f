import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Etcd3, type IOptions } from 'etcd3';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { connect, type Registry } from '../../src/client/connect.js';
import { fromEtcd3 } from '../../src/client/from-etcd3.js';
import { describeWith } from '../support/binaries.js';
import { createAuthority } from '../support/certificates.js';
import { addUser, enableAuth, startEtcd, type EtcdServer } from '../support/etcd.js';
import { until } from '../support/poll.js';
import { tempDir } from '../support/temp.js';

describeWith('etcd', 'a registry with the options of a live client of etcd3', (binary) => {
  let plain: EtcdServer;
  let secured: EtcdServer;
  let securedOptions: IOptions;

  beforeAll(async () => {
    const dir = await tempDir();
    const authority = createAuthority();
    const own = authority.issue(['127.0.0.1']);
    const client = authority.issue(['client']);
    const file = (name: string): string => join(dir, name);
    await writeFile(file('ca'), authority.cert);
    await writeFile(file('cert'), own.cert);
    await writeFile(file('key'), own.key, { mode: 0o600 });
    const probe = { ca: authority.cert, cert: client.cert, key: client.key };
    const tls = { cert: file('cert'), key: file('key'), clientCa: file('ca'), probe };
    [plain, secured] = await Promise.all([
      startEtcd({ binary }),
      startEtcd({ binary, tls, args: ['--bcrypt-cost', '4'] }),
    ]);
    await addUser(secured, { name: 'web', password: 'open sesame', prefix: 'app/' });
    await enableAuth(secured, 'root');
    securedOptions = {
      hosts: secured.endpoint.replace('https://', ''),
      credentials: {
        rootCertificate: Buffer.from(authority.cert),
        certChain: Buffer.from(client.cert),
        privateKey: Buffer.from(client.key),
      },
      auth: { username: 'web', password: 'open sesame' },
      grpcOptions: { 'grpc.keepalive_time_ms': 30_000 },
    };
  });

  function both(options: IOptions, namespace?: string): { etcd3: Etcd3; registry: Registry } {
    const etcd3 = new Etcd3(options);
    const registry = connect(fromEtcd3(options, { namespace }));
    onTestFinished(async () => {
      await registry.close();
      etcd3.close();
    });
    return { etcd3, registry };
  }

  it.each([
    ['in plain text', () => ({ hosts: [plain.endpoint] }), undefined],
    ['in plain text, in a namespace', () => ({ hosts: [plain.endpoint] }), 'app/'],
    ['over TLS with a client certificate and a login, in a namespace', () => securedOptions, 'app/'],
  ])('%s sees what the client writes, and shows it what it registers', async (_title, options, namespace) => {
    const { etcd3, registry } = both(options(), namespace);
    const theirs = namespace === undefined ? etcd3 : etcd3.namespace(namespace);
    const registered = await registry.register(
      { service: 'web', id: '1', address: '10.0.0.1', port: 80 },
      { prefix: 'seen/', ttl: 2000 },
    );
    expect(registered.key).toBe('seen/web/1');
    expect(JSON.parse((await theirs.get('seen/web/1').string()) ?? '')).toMatchObject({ address: '10.0.0.1' });

    const set = await registry.discover('web', { prefix: 'seen/', format: 'json' });
    const shown = (): string[] => set.instances().map(({ id, key }) => `${id} ${key}`);
    expect(shown()).toEqual(['1 seen/web/1']);
    const lease = theirs.lease(10);
    await lease.put('seen/web/2').value(JSON.stringify({ address: '10.0.0.2', port: 80 }));
    await until(() => shown().length === 2, { what: 'the key of the client' });
    expect(shown()).toEqual(['1 seen/web/1', '2 seen/web/2']);
    await lease.revoke();
    await until(() => shown().length === 1, { what: 'the end of the lease' });

    // The keepalive, the repair of a deleted key and the end work below the namespace too.
    await theirs.delete().key('seen/web/1');
    await until(async () => (await theirs.get('seen/web/1').string()) !== null, { deadline: 20_000 });
    await until(() => registered.last.reason === 'restored', { deadline: 20_000 });
    await registered.deregister();
    expect(await theirs.get('seen/web/1').string()).toBeNull();
  });

  it('keeps two namespaces apart', async () => {
    const [one, other] = [both({ hosts: plain.endpoint }, 'one/'), both({ hosts: plain.endpoint }, 'other/')];
    const web = { service: 'web', id: '1', address: '10.0.0.1', port: 80 };
    await one.registry.register(web);
    await other.registry.register({ ...web, port: 81 });
    const ports = async ({ registry }: { registry: Registry }): Promise<number[]> =>
      (await registry.discover({ prefix: '/services/' })).instances().map(({ port }) => port);
    expect([await ports(one), await ports(other)]).toEqual([[80], [81]]);
    expect(
      (await one.etcd3.getAll().prefix('one/').keys()).concat(await one.etcd3.getAll().prefix('other/').keys()),
    ).toEqual(['one//services/web/1', 'other//services/web/1']);
  });
});
