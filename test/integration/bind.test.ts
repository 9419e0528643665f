import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startBind, type Bind } from '../support/bind.js';
import { describeWith } from '../support/binaries.js';
import { startRollcall, type Line } from '../support/command.js';
import { createPlace, type Place } from '../support/config.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { deleteKey, putKey } from '../support/keys.js';
import { until } from '../support/poll.js';
import { freePort } from '../support/ports.js';

const zone = 'svc.example.com';
const settings = { zone, ns: [`ns1.${zone}`], records: [{ name: 'ns1', type: 'A', data: '192.0.2.53' }] };

describeWith('etcd', 'from a key in etcd', () => {
  describeWith('named', 'to what BIND and its secondaries answer', () => {
    let etcd: EtcdServer;
    const servers: Bind[] = [];
    beforeAll(async () => {
      etcd = await startEtcd();
    });
    afterAll(async () => {
      for (const server of servers) await server.stop();
    });

    const start = async (options: Parameters<typeof startBind>[0]): Promise<Bind> => {
      const server = await startBind(options);
      servers.push(server);
      return server;
    };

    const writeConfig = (
      place: Place,
      file: string,
      prefix: string,
      reload: object,
      more: object = {},
    ): Promise<void> =>
      place.write({
        sources: [{ name: 'services', prefix }],
        targets: [
          {
            name: 'bind',
            zoneFile: { ...settings, path: file, ...more },
            check: { command: ['named-checkzone', '-i', 'local', zone, 'reverse' in more ? file : '{staged}'] },
            reload: { ...reload, minInterval: '10ms' },
          },
        ],
      });

    it('answers A, AAAA and SRV, and secondaries transfer every change', async () => {
      const place = await createPlace(etcd, {});
      const file = place.at('zone');
      const [primaryPort, secondaryPort] = [await freePort(), await freePort()];
      // The primary starts first: if the first query of a secondary is refused, the secondary ignores notifies for a while.
      const primary = await start({
        port: primaryPort,
        conf: () =>
          `zone "${zone}" { type primary; file "${file}"; notify explicit; also-notify { 127.0.0.1 port ${secondaryPort}; }; };`,
      });
      const secondary = await start({
        port: secondaryPort,
        conf: () =>
          `zone "${zone}" { type secondary; primaries { 127.0.0.1 port ${primaryPort}; }; allow-notify { 127.0.0.1; }; };`,
      });
      await writeConfig(place, file, '/zone/', { command: [...primary.rndc, 'reload', zone] });
      const both = [primary, secondary];
      const name = `web.${zone}`;

      await putKey(etcd, '/zone/web/1', { address: '192.0.2.1', port: 8080, weight: 5 });
      const process = startRollcall(['run', '-c', place.file]);
      for (const { resolver, log } of both) {
        await until(async () => (await resolver.resolve4(name)).join() === '192.0.2.1', {
          what: `the first address; ${await log()}`,
        });
        expect(await resolver.resolveSrv(`_web._tcp.web.${zone}`)).toEqual([
          { name: `1.web.${zone}`, port: 8080, priority: 0, weight: 5 },
        ]);
        expect(await resolver.resolve4(`1.web.${zone}`)).toEqual(['192.0.2.1']);
      }
      const serials = [(await primary.resolver.resolveSoa(zone)).serial];

      await putKey(etcd, '/zone/web/2', { address: '2001:db8::2', port: 8081 });
      await putKey(etcd, '/zone/web/3', { address: 'host.example.com', port: 8082 });
      for (const { resolver } of both) {
        await until(async () => (await resolver.resolveSrv(`_web._tcp.web.${zone}`)).length === 3, {
          what: 'three of web',
        });
        expect(await resolver.resolve6(name)).toEqual(['2001:db8::2']);
        const targets = (await resolver.resolveSrv(`_web._tcp.web.${zone}`)).sort((a, b) => a.port - b.port);
        expect(targets.slice(1)).toEqual([
          { name: `2.web.${zone}`, port: 8081, priority: 0, weight: 1 },
          { name: 'host.example.com', port: 8082, priority: 0, weight: 1 },
        ]);
      }
      serials.push((await primary.resolver.resolveSoa(zone)).serial);

      await deleteKey(etcd, '/zone/web/1');
      for (const { resolver } of both) {
        await until(
          async () =>
            (await resolver.resolve4(name).catch((error: unknown) => (error as Error & { code: string }).code)) ===
            'ENODATA',
          {
            what: 'no IPv4 address',
          },
        );
        expect(await resolver.resolve6(name)).toEqual(['2001:db8::2']);
      }
      serials.push((await primary.resolver.resolveSoa(zone)).serial);
      expect(serials).toEqual([...new Set(serials)].sort((a, b) => a - b));

      // A write that leaves the zone unchanged makes no new serial.
      const before = await readFile(file, 'utf8');
      await putKey(etcd, '/zone/web/3', { address: 'host.example.com', port: 8082, version: '2' });
      await process.end();
      await startRollcall(['run', '--once', '-c', place.file]).ended;
      expect(await readFile(file, 'utf8')).toBe(before);
    });

    it('reloads at SIGHUP, answers over TCP if UDP is too short, and leaves hostile names out', async () => {
      const place = await createPlace(etcd, {});
      const file = place.at('zone');
      const bind = await start({ conf: () => `zone "${zone}" { type primary; file "${file}"; };` });
      await writeConfig(place, file, '/many/', { signal: 'HUP', pidFile: bind.pidFile });
      const hostile = ['$INCLUDE', 'a b', '@', '*', 'a;b', 'a_b', 'ns1', 'x.y', '(', 'é'];
      for (const name of hostile) await putKey(etcd, `/many/${name}/1`, '192.0.2.66:80');
      const addresses = Array.from({ length: 100 }, (_, n) => `10.1.2.${n}`);
      for (const address of addresses) await putKey(etcd, `/many/crowd/${address}`, `${address}:80`);
      const process = startRollcall(['run', '-c', place.file]);
      const reloaded = (line: Line): boolean => line.result === 'reloaded';
      await process.line(reloaded, 'the reload');
      await until(async () => (await bind.resolver.resolve4(`crowd.${zone}`)).length === addresses.length, {
        what: 'all addresses',
      });
      expect((await bind.resolver.resolve4(`crowd.${zone}`)).sort()).toEqual([...addresses].sort());
      expect(await readFile(file, 'utf8')).not.toContain('192.0.2.66');
      expect(await bind.resolver.resolve4(`ns1.${zone}`)).toEqual(['192.0.2.53']);
      await process.end();
    });

    it('has the reverse zones of its addresses, which change together with it', async () => {
      const place = await createPlace(etcd, {});
      const file = place.at('zone');
      const reverse = [
        { zone: '2.0.192.in-addr.arpa', path: place.at('four') },
        { zone: '8.b.d.0.1.0.0.2.ip6.arpa', path: place.at('six') },
      ];
      const zones = [{ zone, path: file }, ...reverse];
      const bind = await start({
        conf: () => zones.map((each) => `zone "${each.zone}" { type primary; file "${each.path}"; };`).join('\n'),
      });
      await writeConfig(place, file, '/ptr/', { command: [...bind.rndc, 'reload'] }, { reverse });
      await putKey(etcd, '/ptr/web/a', { address: '192.0.2.1', port: 80 });
      await putKey(etcd, '/ptr/api/b', { address: '192.0.2.1', port: 81 });
      await putKey(etcd, '/ptr/api/c', { address: '2001:db8::1', port: 81 });
      const process = startRollcall(['run', '-c', place.file]);
      const namesOf = async (address: string): Promise<string[]> =>
        (await bind.resolver.reverse(address).catch(() => [])).sort();
      const become = (address: string, ...names: string[]): Promise<unknown> =>
        until(async () => (await namesOf(address)).join() === names.map((name) => `${name}.${zone}`).join(), {
          what: `${address}: ${names.join()}`,
        });
      await become('192.0.2.1', 'a.web', 'b.api');
      await become('2001:db8::1', 'c.api');
      await deleteKey(etcd, '/ptr/web/a');
      await become('192.0.2.1', 'b.api');
      await process.end();
    });
  });
});
