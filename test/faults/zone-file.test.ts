import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { startRollcall, type Running } from '../support/command.js';
import { createPlace, type Place } from '../support/config.js';
import { dig, type Answer } from '../support/dig.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { deleteKey, putKey } from '../support/keys.js';
import { nameServers, type NameServer, type NameServerKind } from '../support/name-servers.js';
import { until } from '../support/poll.js';
import { freePort } from '../support/ports.js';

const zone = 'svc.example.com';

describeWith('etcd', 'from a key in etcd', () => {
  describeWith('dig', 'to the answers that dig has', () => {
    let etcd: EtcdServer;
    beforeAll(async () => {
      etcd = await startEtcd();
    });
    afterAll(() => etcd.stop());

    for (const kind of nameServers)
      describeWith(kind.program, kind.title, () => {
        describeServer(kind, () => etcd);
      });
  });
});

function describeServer(kind: NameServerKind, store: () => EtcdServer): void {
  const prefix = `/${kind.title.replace(/\W+/g, '-')}/`;
  let place: Place;
  let file: string;
  let port: number;
  let server: NameServer | undefined;
  let process: Running;

  const put = (key: string, value: unknown): Promise<void> => putKey(store(), prefix + key, value);
  const remove = (key: string): Promise<void> => deleteKey(store(), prefix + key);
  const ask = (name: string, type: string, tcp = false): Promise<Answer> =>
    dig({ port, name: name === '' ? zone : `${name}.${zone}`, type, tcp });
  /** Waits until the answers over UDP and TCP have exactly this data. */
  const become = async (name: string, type: string, ...data: string[]): Promise<void> => {
    for (const tcp of [false, true])
      await until(async () => JSON.stringify((await ask(name, type, tcp)).data) === JSON.stringify([...data].sort()), {
        what: `${name} ${type}: ${data.join(' ')}; over ${tcp ? 'TCP' : 'UDP'}`,
        every: 50,
        deadline: 20_000,
      });
  };
  const serial = async (): Promise<number> => Number((await ask('', 'SOA')).data[0]?.split(' ')[2]);
  const writeConfig = (reload: readonly string[] | undefined): Promise<void> =>
    place.write({
      sources: [{ name: 'services', prefix, key: '<service>/<id>', format: 'json' }],
      targets: [
        {
          name: 'dns',
          zoneFile: {
            path: file,
            zone,
            ns: [`ns1.${zone}`],
            server: `127.0.0.1:${port}`,
            txt: ['version'],
            records: [{ name: 'ns1', type: 'A', data: '127.0.0.1' }],
          },
          check: ['named-checkzone', '-i', 'local', zone, '{staged}'],
          ...(reload && { reload: { command: reload, minInterval: '10ms' } }),
          guard: 'off',
        },
      ],
    });

  beforeAll(async () => {
    place = await createPlace(store(), {});
    await mkdir(place.at('zones'));
    file = place.at('zones', `${zone}.zone`);
    port = await freePort();
    await put('first/1', { address: '192.0.2.9', port: 80 });
    const served = { zone, file, port };
    if (!kind.needsFile) server = await kind.start(served);
    await writeConfig(server?.reload);
    process = startRollcall(['run', '-c', place.file]);
    if (kind.needsFile) {
      await until(() => readFile(file), { what: 'the zone file' });
      server = await kind.start(served);
    }
    await become('first', 'A', '192.0.2.9');
  });

  afterAll(async () => {
    await process.end();
    await server?.stop();
  });

  it('are exactly the live set after a put, a change and a delete', async () => {
    const before = await serial();
    await put('web/a', { address: '192.0.2.1', port: 8080, weight: 5, version: '1 "2"', tags: ['v1'], scheme: 'grpc' });
    await become('web', 'A', '192.0.2.1');
    await become('_web._tcp.web', 'SRV', `0 5 8080 a.web.${zone}.`);
    await become('_grpc._tcp.web', 'SRV', `0 5 8080 a.web.${zone}.`);
    await become('a.web', 'A', '192.0.2.1');
    await become('a.web', 'TXT', String.raw`"version=1 \"2\""`);
    await become('v1.web', 'A', '192.0.2.1');
    await put('web/b', { address: '2001:db8::2', port: 8081 });
    await become('web', 'AAAA', '2001:db8::2');
    await become('_web._tcp.web', 'SRV', `0 5 8080 a.web.${zone}.`, `0 1 8081 b.web.${zone}.`);
    await put('web/c', { address: 'host.example.net', port: 8082 });
    await become('c.web', 'CNAME', 'host.example.net.');
    await remove('web/a');
    await become('web', 'A');
    expect((await ask('a.web', 'A')).status).toBe('NXDOMAIN');
    expect((await ask('web', 'A')).status).toBe('NOERROR');
    expect(await serial()).toBeGreaterThan(before);
  });

  it('lose a draining instance, and the last one with its name', async () => {
    await put('api/a', { address: '192.0.2.1', port: 80 });
    await put('api/b', { address: '192.0.2.2', port: 80 });
    await become('api', 'A', '192.0.2.1', '192.0.2.2');
    await put('api/a', { address: '192.0.2.1', port: 80, status: 'draining' });
    await become('api', 'A', '192.0.2.2');
    await remove('api/b');
    await become('api', 'A');
    expect((await ask('api', 'A')).status).toBe('NXDOMAIN');
  });

  it('are whole over TCP when 500 instances are too many for UDP', async () => {
    const addresses = Array.from({ length: 500 }, (_, at) => `10.1.${at >> 8}.${at & 255}`);
    await Promise.all(addresses.map((address, at) => put(`crowd/i${at}`, { address, port: 80 })));
    await until(async () => (await ask('crowd', 'A', true)).data.length === 500, {
      what: '500 addresses',
      every: 100,
      deadline: 30_000,
    });
    expect((await ask('crowd', 'A', true)).data).toEqual([...addresses].sort());
    const udp = await ask('crowd', 'A');
    expect(udp.isCut).toBe(true);
    expect((await ask('_crowd._tcp.crowd', 'SRV', true)).data).toHaveLength(500);
  });

  it('have mapped names for odd ids, and nothing of services that are no label', async () => {
    for (const name of ['$INCLUDE', 'a b', '@', '*', 'a;b', 'a_b', 'ns1', '(', 'é'])
      await put(`${name}/1`, { address: '192.0.2.66', port: 80 });
    await put('odd/10.0.0.1:80', { address: '192.0.2.7', port: 80, tags: ['*', 'x y', 'ok'] });
    await become('ok.odd', 'A', '192.0.2.7');
    const [target = ''] = (await ask('_odd._tcp.odd', 'SRV')).data.map((data) => data.split(' ')[3]);
    expect(target).toMatch(/^10-0-0-1-80-[0-9a-f]{12}\.odd\./);
    await become(target.replace(`.${zone}.`, ''), 'A', '192.0.2.7');
    await become('ns1', 'A', '127.0.0.1');
    expect(await readFile(file, 'utf8')).not.toContain('192.0.2.66');
  });

  it('follow after rollcall was killed, its state and the file were lost, and the clock is behind', async () => {
    const ahead = 2_200_000_000;
    process.send('SIGKILL');
    await process.ended;
    // Another maker has used a serial that the clock does not reach for years.
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace(/\d+ ; serial/, `${ahead} ; serial`));
    process = startRollcall(['run', '-c', place.file]);
    await put('lost/a', { address: '192.0.2.31', port: 80 });
    await become('lost', 'A', '192.0.2.31');
    const before = await serial();
    expect(before).toBeGreaterThan(ahead);
    process.send('SIGKILL');
    await process.ended;
    await rm(place.at('state'), { recursive: true });
    await rm(file);
    await put('lost/b', { address: '192.0.2.32', port: 80 });
    process = startRollcall(['run', '-c', place.file]);
    await become('lost', 'A', '192.0.2.31', '192.0.2.32');
    if (kind.forgets !== true) expect(await serial()).toBeGreaterThan(before);
  });

  it('do not change and keep their serial when a put changes no record', async () => {
    const before = await readFile(file, 'utf8');
    await put('lost/a', { address: '192.0.2.31', port: 80, metadata: { build: '7' } });
    await put('last/a', { address: '192.0.2.40', port: 80 });
    await become('last', 'A', '192.0.2.40');
    await remove('last/a');
    await become('last', 'A');
    const numberless = (text: string): string => text.replace(/\d+ ; serial/, '');
    expect(numberless(await readFile(file, 'utf8'))).toBe(numberless(before));
  });
}

describe('every server of zone files', () => {
  it('has a test of its own', () => {
    expect(nameServers.map(({ program }) => program)).toEqual(['named', 'knotd', 'coredns', 'coredns']);
  });
});
