import { mkdir } from 'node:fs/promises';
import { expect, it, onTestFinished } from 'vitest';
import { startBackend } from '../support/backend.js';
import { describeWith } from '../support/binaries.js';
import { startRollcall } from '../support/command.js';
import { createPlace } from '../support/config.js';
import { startEtcd } from '../support/etcd.js';
import { startHaproxy } from '../support/haproxy.js';
import { deleteKey, putKey } from '../support/keys.js';
import { nameServers } from '../support/name-servers.js';
import { until } from '../support/poll.js';
import { freePort } from '../support/ports.js';

const zone = 'svc.example.com';
const bind = nameServers.find(({ program }) => program === 'named');

describeWith('etcd', 'a HAProxy with resolvers', () => {
  describeWith('named', 'beside BIND', () => {
    describeWith('haproxy', 'follows the SRV answers', () => {
      it('through a registration, another port and a deletion, without a reload', async () => {
        if (!bind) throw new Error('there is no BIND among the name servers');
        const etcd = await startEtcd();
        const backends = await Promise.all(['one', 'two', 'three'].map(startBackend));
        onTestFinished(async () => {
          await Promise.all(backends.map((backend) => backend.stop()));
        });
        const [one = 0, two = 0, three = 0] = backends.map(({ port }) => port);
        const put = (id: string, port: number) =>
          putKey(etcd, `/services/web/${id}`, { address: '127.0.0.1', port, weight: 10 });

        const place = await createPlace(etcd, {});
        await mkdir(place.at('zones'));
        const file = place.at('zones', `${zone}.zone`);
        const port = await freePort();
        const server = await bind.start({ zone, file, port });
        onTestFinished(() => server.stop());
        await place.write({
          sources: [{ name: 'services', prefix: '/services/', key: '<service>/<id>', format: 'json' }],
          targets: [
            {
              name: 'dns',
              zoneFile: {
                path: file,
                zone,
                ns: [`ns1.${zone}`],
                ttl: 1,
                records: [{ name: 'ns1', type: 'A', data: '127.0.0.1' }],
              },
              reload: { command: server.reload, minInterval: '10ms' },
              guard: 'off',
            },
          ],
        });
        startRollcall(['run', '-c', place.file]);

        const haproxy = await startHaproxy({
          conf: (listen) => `
resolvers names
  nameserver bind 127.0.0.1:${port}
  accepted_payload_size 8192
  timeout resolve 200ms
  timeout retry 200ms
  hold valid 200ms
  hold obsolete 200ms
  hold nx 200ms
  hold other 200ms
frontend web
  bind 127.0.0.1:${listen}
  default_backend web
backend web
  server-template web 5 _web._tcp.web.${zone} resolvers names resolve-prefer ipv4 init-addr none
`,
        });
        onTestFinished(() => haproxy.stop());
        const workers = await haproxy.workers();

        /** The backends that answer eight requests in a row, or '503'. */
        async function answers(): Promise<readonly string[]> {
          const seen = new Set<string>();
          for (let n = 0; n < 8; n++) {
            const answer = await fetch(`http://127.0.0.1:${haproxy.port}/`, { headers: { connection: 'close' } });
            seen.add(answer.ok ? await answer.text() : String(answer.status));
          }
          return [...seen].sort();
        }
        const become = (...names: readonly string[]) =>
          until(async () => JSON.stringify(await answers()) === JSON.stringify([...names].sort()), {
            what: names.join(' '),
            every: 100,
          });

        await put('a', one);
        await become('one');
        await put('b', two);
        await become('one', 'two');
        await put('b', three);
        await become('one', 'three');
        await deleteKey(etcd, '/services/web/a');
        await become('three');
        await deleteKey(etcd, '/services/web/b');
        await become('503');
        await put('a', one);
        await become('one');
        expect(await haproxy.workers()).toEqual(workers);
      });
    });
  });
});
