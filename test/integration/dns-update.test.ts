import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { rollcall, startRollcall } from '../support/command.js';
import { createPlace } from '../support/config.js';
import { dig } from '../support/dig.js';
import { startDynamicBind, writeKey, type DynamicBind } from '../support/dynamic-zone.js';
import { freePort } from '../support/ports.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { deleteKey, putKey, putKeys } from '../support/keys.js';
import { until } from '../support/poll.js';

const zone = 'svc.example.com';

describeWith('etcd', 'from a key in etcd', () => {
  describeWith('named', 'to what BIND answers by dynamic updates', () => {
    let etcd: EtcdServer;
    let dynamic: DynamicBind;
    beforeAll(async () => {
      [etcd, dynamic] = await Promise.all([startEtcd(), startDynamicBind()]);
      await dynamic.addZone(zone);
    });
    afterAll(async () => {
      await dynamic.bind.stop();
    });

    it('follows every change within a second, and keeps the records of others', async () => {
      const target = { server: dynamic.server, zone, owner: 'rollcall-1', tsigKeyFile: dynamic.keyFile };
      const place = await createPlace(etcd, {
        sources: [{ name: 'services', prefix: '/services/' }],
        targets: [{ name: 'dns', dnsUpdate: target, guard: 'off' }],
      });
      const { port } = dynamic.bind;
      await dynamic.nsupdate(zone, [`update add www.${zone}. 60 A 192.0.2.80`]);
      await putKey(etcd, '/services/web/a', { address: '192.0.2.1', port: 8080, weight: 5 });
      const preview = await rollcall(['diff', '-c', place.file]);
      expect(preview.stdout).toContain(`web.${zone} A`);

      const process = startRollcall(['run', '-c', place.file]);
      const become = (name: string, type: string, ...data: string[]): Promise<unknown> =>
        until(async () => (await dig({ port, name, type })).data.join('\n') === data.join('\n'), {
          what: `${name} ${type}: ${data.join(', ')}`,
        });
      await become(`web.${zone}`, 'A', '192.0.2.1');
      await become(`_web._tcp.web.${zone}`, 'SRV', `0 5 8080 a.web.${zone}.`);

      const started = performance.now();
      await putKey(etcd, '/services/web/b', { address: '2001:db8::2', port: 8081 });
      await become(`web.${zone}`, 'AAAA', '2001:db8::2');
      expect(performance.now() - started).toBeLessThan(1000);
      expect((await dig({ port, name: `_web._tcp.web.${zone}`, type: 'SRV', tcp: true })).data).toHaveLength(2);

      const many = Object.fromEntries(
        Array.from({ length: 500 }, (_, n) => [
          `/services/crowd/${n}`,
          JSON.stringify({ address: `10.1.${n >> 8}.${n & 255}`, port: 80 }),
        ]),
      );
      await putKeys(etcd, many);
      await until(async () => (await dig({ port, name: `crowd.${zone}`, type: 'A', tcp: true })).data.length === 500, {
        what: '500 addresses',
      });
      await deleteKey(etcd, '/services/web/a');
      await become(`web.${zone}`, 'A');
      expect((await dig({ port, name: `a.web.${zone}`, type: 'A' })).status).toBe('NXDOMAIN');

      await process.end();
      await deleteKey(etcd, '/services/web/*');
      await deleteKey(etcd, '/services/crowd/*');
      await putKey(etcd, '/services/api/c', { address: '192.0.2.3', port: 80 });
      const last = await rollcall(['run', '--once', '-c', place.file]);
      expect([last.code, last.stderr]).toEqual([0, last.stderr]);
      const names = [...(await dynamic.records(zone)).keys()].filter((name) => !name.endsWith(' TXT'));
      expect(names.sort()).toEqual(
        [`_api._tcp.api.${zone} SRV`, `api.${zone} A`, `c.api.${zone} A`, `www.${zone} A`].sort(),
      );
      // The secret is in no line of the log.
      expect(process.stderr()).not.toContain(Buffer.from('the right secret').toString('base64'));
    });

    it('is asked by validate: server, zones and key', async () => {
      await dynamic.addZone('closed.example.com', 'allow-update { key updates; }; allow-transfer { none; };');
      await putKey(etcd, '/services/web/a', { address: '192.0.2.1', port: 8080 });
      const right = { server: dynamic.server, zone, owner: 'rollcall-1', tsigKeyFile: dynamic.keyFile };
      const place = await createPlace(etcd, {});
      const wrongKey = await writeKey(place.at('wrong.key'), 'updates', 'another secret');
      const deaf = `127.0.0.1:${await freePort()}`;
      /** The setting and the words of each problem. */
      const said = async (change: object): Promise<(string | undefined)[]> => {
        await place.write({
          sources: [{ name: 'services', prefix: '/services/' }],
          targets: [{ name: 'dns', dnsUpdate: { ...right, ...change } }],
        });
        const { code, stderr } = await rollcall(['validate', '-c', place.file]);
        const problems = [...stderr.matchAll(/^\S+:\d+:\d+: targets\[0\]\.dnsUpdate\.(.*)$/gm)].map(([, said]) => said);
        expect(code, stderr).toBe(problems.length > 0 ? 1 : 0);
        return problems;
      };
      expect(await said({})).toEqual([]);
      expect(await said({ zone: 'closed.example.com', transfer: false })).toEqual([]);
      for (const [change, ...expected] of [
        [{ server: deaf }, /^server: .*ECONNREFUSED/],
        [{ zone: 'other.example.com' }, /^zone: .*other\.example\.com/],
        [{ zone: 'other.example.com', transfer: false }, /^zone: .*other\.example\.com/],
        [
          { zone: 'closed.example.com', reverse: ['2.0.192.in-addr.arpa'] },
          /^zone: .*closed/,
          /^reverse\[0\]: .*2\.0\.192/,
        ],
        [{ tsigKeyFile: wrongKey }, /^tsigKeyFile: .*BADSIG/],
        [{ tsigKeyFile: './absent.key' }, /^tsigKeyFile: .*absent\.key/],
      ] as const) {
        const problems = await said(change);
        expect(problems).toHaveLength(expected.length);
        for (const [index, pattern] of expected.entries()) expect(problems[index]).toMatch(pattern);
      }
    });
  });
});
