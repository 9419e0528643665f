import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { startRollcall } from '../support/command.js';
import { createPlace } from '../support/config.js';
import { startDnsmasq } from '../support/dnsmasq.js';
import { startEtcd } from '../support/etcd.js';
import { deleteKey, putKey } from '../support/keys.js';
import { until } from '../support/poll.js';

describeWith('etcd', 'from a key in etcd', () => {
  describeWith('dnsmasq', 'to what dnsmasq answers', () => {
    it('answers addresses of both families, drops instances that leave, and answers nothing for hostile names', async () => {
      const etcd = await startEtcd();
      const place = await createPlace(etcd, {});
      const hosts = place.at('rollcall.hosts');
      const dnsmasq = await startDnsmasq(hosts);
      const { pidFile, resolver } = dnsmasq;
      await place.write({
        sources: [{ name: 'services', prefix: '/hosts/' }],
        vars: { domain: 'svc.example.com' },
        targets: [
          {
            name: 'dnsmasq',
            expect: ['soon'],
            guard: 'off',
            files: [{ path: hosts, template: 'hosts' }],
            reload: { signal: 'HUP', pidFile, minInterval: '10ms' },
          },
        ],
      });
      const hostile = ['a b', '#', 'localhost', 'www.example.org', '192.0.2.99', '-', 'a_b'];
      for (const name of hostile) await putKey(etcd, `/hosts/${name}/1`, { address: '192.0.2.66', port: 80 });
      for (const address of ['192.0.2.1', '192.0.2.2', '2001:db8::1', 'a.example.com'])
        await putKey(etcd, `/hosts/web/${address}`, { address, port: 80 });
      await putKey(etcd, '/hosts/web/draining', { address: '192.0.2.3', port: 80, status: 'draining' });

      const process = startRollcall(['run', '-c', place.file]);
      const asked = async (name: string): Promise<string> => {
        const answer = async (found: Promise<string[]>): Promise<string> => (await found.catch(() => [])).sort().join();
        return [await answer(resolver.resolve4(name)), await answer(resolver.resolve6(name))].join(' ');
      };
      for (const name of ['web.svc.example.com', 'web', 'WEB'])
        await until(async () => (await asked(name)) === '192.0.2.1,192.0.2.2 2001:db8::1', {
          what: `addresses of ${name}`,
        });
      for (const name of hostile) expect(await asked(name.replace(/[^\w.-]/g, 'x'))).toBe(' ');
      expect(await readFile(hosts, 'utf8')).not.toContain('192.0.2.66');
      expect(await readFile(hosts, 'utf8')).toContain('# soon.svc.example.com: expected, without an address\n');

      await deleteKey(etcd, '/hosts/web/192.0.2.1');
      await until(async () => (await asked('web')) === '192.0.2.2 2001:db8::1', { what: 'what is left of web' });
      await putKey(etcd, '/hosts/soon/1', { address: '192.0.2.9', port: 80 });
      await until(async () => (await asked('soon.svc.example.com')) === '192.0.2.9 ', { what: 'the address of soon' });
      await deleteKey(etcd, '/hosts/web/*');
      await until(async () => (await asked('web')) === ' ', { what: 'nothing left of web' });
      await process.end();
      await dnsmasq.stop();
    });
  });
});
