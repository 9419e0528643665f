import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTcpBackend, type Backend } from '../support/backend.js';
import { describeWith } from '../support/binaries.js';
import { startRollcall } from '../support/command.js';
import { createPlace } from '../support/config.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { deleteKey, putKey } from '../support/keys.js';
import { listenTo } from '../support/listen.js';
import { describeWithStream, startNginx, type Nginx } from '../support/nginx.js';
import { until } from '../support/poll.js';
import { freePort } from '../support/ports.js';

describeWith('etcd', 'from a key in etcd', () => {
  describeWithStream('to what nginx passes on in its stream context', () => {
    let etcd: EtcdServer;
    let nginx: Nginx;
    let backends: readonly Backend[];
    beforeAll(async () => {
      etcd = await startEtcd();
      backends = await Promise.all(['one', 'two'].map(startTcpBackend));
    });
    afterAll(async () => {
      await nginx.stop();
      await Promise.all(backends.map((backend) => backend.stop()));
      await etcd.stop();
    });

    it('passes connections on before and after a put, closes them without instances, and closes the port of a removed service', async () => {
      const place = await createPlace(etcd, {});
      const file = place.at('stream.conf');
      const [db, cache] = [await freePort(), await freePort()];
      await writeFile(file, '');
      nginx = await startNginx({
        conf: (port) => `server { listen 127.0.0.1:${port}; }`,
        stream: `include ${file};`,
      });
      await place.write({
        sources: [{ name: 'services', prefix: '/stream/' }],
        targets: [
          {
            name: 'nginx',
            expect: ['db'],
            vars: { prefix: 'rc_', listen: { db: `127.0.0.1:${db}`, cache: `127.0.0.1:${cache}` } },
            files: [{ path: file, template: 'nginx-stream' }],
            check: [...nginx.command, '-t'],
            reload: { command: [...nginx.command, '-s', 'reload'], minInterval: '10ms' },
          },
        ],
      });
      const rollcall = startRollcall(['run', '-c', place.file]);
      const instance = (index: number): object => ({ address: '127.0.0.1', port: backends[index]?.port });
      const says = (port: number, wanted: string, what: string): Promise<true> =>
        until(
          async () => {
            const said = await Promise.all([1, 2, 3, 4].map(() => listenTo(port).catch(() => 'refused')));
            return said.sort().join() === wanted;
          },
          { what },
        );

      // The port is open before the first instance is registered.
      await says(db, ',,,', 'an empty service hanging up');
      await putKey(etcd, '/stream/db/1', instance(0));
      await says(db, 'one,one,one,one', 'one');
      await putKey(etcd, '/stream/db/2', instance(1));
      await says(db, 'one,one,two,two', 'one and two');
      await deleteKey(etcd, '/stream/db/1');
      await says(db, 'two,two,two,two', 'two alone');

      // A service that is not expected comes and goes with its port.
      await putKey(etcd, '/stream/cache/1', instance(0));
      await says(cache, 'one,one,one,one', 'a second port');
      await deleteKey(etcd, '/stream/cache/1');
      await says(cache, 'refused,refused,refused,refused', 'the second port closed');

      await deleteKey(etcd, '/stream/db/2');
      await until(async () => (await listenTo(db)) === '', { what: 'the empty service hanging up again' });
      await rollcall.end();
      expect(rollcall.lines().filter(({ level }) => level === 'error')).toEqual([]);
    });
  });
});
