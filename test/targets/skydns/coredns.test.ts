import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Resolver } from 'node:dns/promises';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Etcd } from '../../../src/etcd/client.js';
import type { Service } from '../../../src/model/instance.js';
import { openStore } from '../../../src/state/store.js';
import { createSkydnsTarget } from '../../../src/targets/skydns/target.js';
import { connect } from '../../contract/skydns-world.js';
import { pass } from '../../contract/target.js';
import { makeService, makeView } from '../../render/views.js';
import { describeWith } from '../../support/binaries.js';
import { startEtcd, type EtcdServer } from '../../support/etcd.js';
import { memoryLog } from '../../support/log.js';
import { until } from '../../support/poll.js';
import { freePort } from '../../support/ports.js';
import { memoryDir } from '../../support/temp.js';

describeWith('coredns', 'the answer of a real CoreDNS', (program) => {
  let server: EtcdServer;
  let etcd: Etcd;
  let coredns: ChildProcess;
  let resolver: Resolver;
  let publish: (...services: Service[]) => Promise<unknown>;
  let publishGroups: (...services: Service[]) => Promise<unknown>;

  beforeAll(async () => {
    const dir = await memoryDir();
    const log = memoryLog();
    server = await startEtcd();
    etcd = connect(server);
    const store = await openStore(join(dir, 'state'), { log });
    const naming = { prefix: '/skydns', domain: 'svc.example.com', owner: 'roll', ttl: 30 };
    const target = createSkydnsTarget(naming, { target: 'dns', journal: await store.journal('dns'), etcd, log });
    publish = (...services) => pass(target, makeView({ services }));
    const grouping = { ...naming, owner: 'groups', groups: true, sourceTtl: { services: 7 } };
    const groups = createSkydnsTarget(grouping, {
      target: 'groups',
      journal: await store.journal('groups'),
      etcd,
      log,
    });
    publishGroups = (...services) => pass(groups, makeView({ services }));

    const port = await freePort();
    const zone = `etcd svc.example.com {\n    path /skydns\n    endpoint ${server.endpoint}\n  }`;
    await writeFile(join(dir, 'Corefile'), `.:${port} {\n  bind 127.0.0.1\n  errors\n  ${zone}\n}\n`);
    coredns = spawn(program, ['-conf', join(dir, 'Corefile')], { stdio: 'ignore' });
    resolver = new Resolver({ timeout: 500, tries: 1 });
    resolver.setServers([`127.0.0.1:${port}`]);
    await publish(makeService('here', [{ address: '192.0.2.9' }]));
    await until(() => addresses('here'), { what: 'CoreDNS answers' });
  });

  afterAll(async () => {
    if (coredns.kill('SIGKILL')) await once(coredns, 'exit');
    etcd.close();
  });

  const addresses = async (name: string): Promise<string[]> =>
    (await resolver.resolve4(`${name}.svc.example.com`)).sort();

  it('has every instance that takes traffic, with its port, weight and family', async () => {
    await publish(
      makeService('web', [
        { address: '192.0.2.1', port: 8080, weight: 3 },
        { address: '192.0.2.2', port: 8081, weight: 1 },
        { address: '2001:db8::1', host: '[2001:db8::1]', family: 'ipv6', port: 8082 },
        { address: '192.0.2.3', status: 'draining' },
        { address: '192.0.2.4', status: 'critical' },
        { address: '192.0.2.5', weight: 0 },
      ]),
    );
    expect(await addresses('web')).toEqual(['192.0.2.1', '192.0.2.2']);
    expect(await resolver.resolve6('web.svc.example.com')).toEqual(['2001:db8::1']);
    const records = await resolver.resolveSrv('web.svc.example.com');
    const weights = new Map(records.map(({ port, weight }) => [port, weight]));
    expect([...weights.keys()].sort()).toEqual([8080, 8081, 8082]);
    // CoreDNS normalises the weights of a priority to a hundred.
    expect(weights.get(8080)).toBe(3 * (weights.get(8081) ?? 0));
    for (const { name, port } of records.filter(({ port }) => port < 8082))
      expect(await resolver.resolve4(name)).toEqual([port === 8080 ? '192.0.2.1' : '192.0.2.2']);
  });

  it('keeps apart a service and those below its name, with groups, and has the TTL of the source', async () => {
    await publish(makeService('here', [{ address: '192.0.2.9' }]));
    await publishGroups(
      makeService('shop', [{ address: '192.0.2.20' }, { address: '192.0.2.21' }]),
      makeService('eu.shop', [{ address: '192.0.2.30' }]),
      makeService('north.eu.shop', [{ address: '192.0.2.40' }]),
    );
    expect(await addresses('shop')).toEqual(['192.0.2.20', '192.0.2.21']);
    expect(await addresses('eu.shop')).toEqual(['192.0.2.30']);
    expect(await addresses('north.eu.shop')).toEqual(['192.0.2.40']);
    const answers = await resolver.resolve4('shop.svc.example.com', { ttl: true });
    expect(new Set(answers.map(({ ttl }) => ttl))).toEqual(new Set([7]));
    await publishGroups();
  });

  it('follows a service that moves, and drops one that is gone', async () => {
    await publish(makeService('web', [{ address: '192.0.2.7' }]), makeService('api.v2', [{ address: '192.0.2.8' }]));
    expect(await addresses('web')).toEqual(['192.0.2.7']);
    expect(await addresses('api.v2')).toEqual(['192.0.2.8']);
    await publish(makeService('api.v2', [{ address: '192.0.2.8' }]));
    await expect(addresses('web')).rejects.toMatchObject({
      code: expect.stringMatching(/ENOTFOUND|ENODATA/) as string,
    });
    expect(await addresses('api.v2')).toEqual(['192.0.2.8']);
  });
});
