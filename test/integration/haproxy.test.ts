import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { startBackend, type Backend } from '../support/backend.js';
import { describeWith } from '../support/binaries.js';
import { startRollcall, type Line, type Running } from '../support/command.js';
import { createPlace, type Place } from '../support/config.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { startHaproxy, type Haproxy } from '../support/haproxy.js';
import { deleteKey, putKey } from '../support/keys.js';
import { until } from '../support/poll.js';

const read = (path: string): Promise<string> => readFile(path, 'utf8');
const reloaded = (line: Line): boolean => line.result === 'reloaded';

/** The body of a 200, or the status of another answer, on a connection of its own. @throws Error when it is cut or refused. */
function ask(port: number, host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, headers: { host }, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('error', reject).on('end', () => {
        resolve(response.statusCode === 200 ? body : String(response.statusCode));
      });
    });
    sent.on('error', reject).end();
  });
}

const sortByPort = (servers: readonly string[]): readonly string[] => {
  const portOf = (server: string): number => Number(/_(\d+)=/.exec(server)?.[1]);
  return servers.toSorted((a, b) => portOf(a) - portOf(b));
};

describeWith('haproxy', 'from a key in etcd to what HAProxy serves', () => {
  describeWith('etcd', 'with a real etcd', () => {
    let etcd: EtcdServer;
    let backends: readonly Backend[];
    let haproxy: Haproxy;
    let rollcall: Running;

    beforeAll(async () => {
      etcd = await startEtcd();
      backends = await Promise.all(['one', 'two', 'three'].map(startBackend));
    });
    afterEach(async () => {
      await rollcall.end();
      await haproxy.stop();
    });
    afterAll(async () => {
      await Promise.all(backends.map((backend) => backend.stop()));
      await etcd.stop();
    });

    const instance = (index: number): object => ({ address: '127.0.0.1', port: backends[index]?.port });
    const nameOf = (index: number): string => `127.0.0.1_${String(backends[index]?.port)}`;

    /** Waits until the newest worker has exactly these servers, by their weights, and no older worker answers. */
    async function serves(backend: string, ...weights: readonly (number | undefined)[]): Promise<void> {
      const wanted = weights.flatMap((weight, index) => (weight === undefined ? [] : [`${nameOf(index)}=${weight}`]));
      const found = async (): Promise<string | undefined> => {
        const servers = await haproxy.servers(backend);
        return servers && [...servers].map(([name, weight]) => `${name}=${weight}`).join();
      };
      await until(async () => (await found()) === sortByPort(wanted).join(), {
        what: `${backend} having ${wanted.join()}`,
        // A withheld service is tried again after growing pauses of at most a minute.
        deadline: 75_000,
      });
      await until(async () => (await haproxy.workers()).length === 1, { what: 'the old workers gone' });
    }

    /** One file, checked with HAProxy's own configuration before it is swapped in. */
    async function startStaged(prefix: string): Promise<Place> {
      const place = await createPlace(etcd, {});
      const backendsFile = place.at('backends.cfg');
      await writeFile(backendsFile, 'backend web\n');
      haproxy = await startHaproxy({
        conf: (port) => `frontend front\n  bind 127.0.0.1:${port}\n  default_backend web\n`,
        more: [backendsFile],
      });
      await place.write({
        sources: [{ name: 'services', prefix }],
        targets: [
          {
            name: 'haproxy',
            expect: ['web'],
            files: [{ path: backendsFile, template: 'haproxy-backends' }],
            check: [...haproxy.check, '-f', '{staged}'],
            reload: { signal: 'USR2', pidFile: haproxy.pidFile, process: 'haproxy', minInterval: '50ms' },
          },
        ],
      });
      return place;
    }

    it('serves the first list, a put and a delete, and 503 when an expected service is empty', async () => {
      const place = await startStaged('/staged/');
      rollcall = startRollcall(['run', '-c', place.file]);
      await rollcall.line(reloaded, 'the first reload');
      expect(await ask(haproxy.port, 'web')).toBe('503');

      await putKey(etcd, '/staged/web/1', instance(0));
      await serves('web', 1);
      expect(await ask(haproxy.port, 'web')).toBe('one');

      await putKey(etcd, '/staged/web/2', instance(1));
      await serves('web', 1, 1);
      const both = new Set(await Promise.all(Array.from({ length: 8 }, () => ask(haproxy.port, 'web'))));
      expect([...both].sort()).toEqual(['one', 'two']);

      await putKey(etcd, '/staged/web/1', { ...instance(0), status: 'draining' });
      await serves('web', 0, 1);
      for (let count = 0; count < 6; count++) expect(await ask(haproxy.port, 'web')).toBe('two');

      await deleteKey(etcd, '/staged/web/*');
      await serves('web');
      expect(await ask(haproxy.port, 'web')).toBe('503');
      expect(rollcall.lines().filter(({ level }) => level === 'error')).toEqual([]);
    });

    it('loses no request over 20 reloads under steady load', async () => {
      const place = await startStaged('/steady/');
      await putKey(etcd, '/steady/web/1', instance(0));
      rollcall = startRollcall(['run', '-c', place.file]);
      await serves('web', 1);
      const answers: Record<string, number> = {};
      let over = false;
      const load = Array.from({ length: 4 }, async () => {
        while (!over) {
          const answer = await ask(haproxy.port, 'web').catch((error: unknown) => String(error));
          answers[answer] = (answers[answer] ?? 0) + 1;
        }
      });
      for (let count = 0; count < 20; count++) {
        const before = rollcall.lines().length;
        if (count % 2 === 0) await putKey(etcd, '/steady/web/2', instance(1));
        else await deleteKey(etcd, '/steady/web/2');
        await rollcall.line(reloaded, `reload ${count}`, before);
      }
      await serves('web', 1);
      over = true;
      await Promise.all(load);
      expect(Object.keys(answers).sort()).toEqual(['one', 'two']);
      expect((answers.one ?? 0) + (answers.two ?? 0)).toBeGreaterThan(200);
      expect(haproxy.log().match(/New worker/g)?.length).toBeGreaterThanOrEqual(20);
      expect(rollcall.lines().filter(({ level }) => level === 'error')).toEqual([]);
    });

    it('checks several files in place: a directory, a map of hosts, a map for each service', async () => {
      const place = await createPlace(etcd, {});
      const [directory, maps] = [place.at('conf.d'), place.at('maps')];
      await Promise.all([directory, maps].map((dir) => mkdir(dir)));
      await writeFile(join(maps, 'hosts.map'), '');
      await writeFile(join(directory, '10-mine.cfg'), 'backend fallback\n  http-request return status 421\n');
      haproxy = await startHaproxy({
        conf: (port) => `frontend front
  bind 127.0.0.1:${port}
  use_backend %[req.hdr(host),lower,map(${join(maps, 'hosts.map')},fallback)]
`,
        more: [directory],
      });
      await writeFile(place.at('ids.hbs'), '{{#each service.instances}}\n{{id}} {{address}}_{{port}}\n{{/each}}\n');
      await place.write({
        sources: [{ name: 'services', prefix: '/maps/' }],
        vars: { prefix: 'rc_' },
        targets: [
          {
            name: 'haproxy',
            vars: { domain: 'example.com', defaultServer: 'maxconn 100' },
            files: [
              { path: join(directory, '50-services.cfg'), template: 'haproxy-backends' },
              { path: join(maps, 'hosts.map'), template: 'haproxy-map' },
              { path: join(maps, 'ids', '{{service.name}}.map'), template: './ids.hbs', forEach: 'service' },
            ],
            check: [...haproxy.check, '-f', directory],
            reload: { signal: 'USR2', pidFile: haproxy.pidFile, process: 'haproxy', minInterval: '50ms' },
          },
        ],
      });
      await putKey(etcd, '/maps/api/a', instance(0));
      await putKey(etcd, '/maps/web/b', instance(1));
      rollcall = startRollcall(['run', '-c', place.file]);
      await serves('rc_api', 1);
      await serves('rc_web', undefined, 1);
      expect(await ask(haproxy.port, 'API.example.com')).toBe('one');
      expect(await ask(haproxy.port, 'web.example.com')).toBe('two');
      expect(await ask(haproxy.port, 'db.example.com')).toBe('421');
      expect(await readdir(join(maps, 'ids'))).toEqual(['api.map', 'web.map']);
      expect(await read(join(maps, 'ids', 'web.map'))).toBe(`b ${nameOf(1)}\n`);

      // With a service, its backend, its host and its map are removed.
      await deleteKey(etcd, '/maps/api/a');
      await until(async () => (await haproxy.servers('rc_api')) === undefined, { what: 'rc_api gone' });
      await serves('rc_web', undefined, 1);
      expect(await readdir(join(maps, 'ids'))).toEqual(['web.map']);
      expect(await ask(haproxy.port, 'api.example.com')).toBe('421');
      // A name that HAProxy does not accept stays out of all files and does not stop the others.
      await putKey(etcd, '/maps/a b/c', instance(2));
      await putKey(etcd, '/maps/web/c', instance(2));
      await serves('rc_web', undefined, 1, 1);
      expect(await readdir(join(maps, 'ids'))).toEqual(['web.map']);

      // A service that the check refuses is in no file: the files are the old ones, and HAProxy was not reloaded.
      const before = await Promise.all([join(directory, '50-services.cfg'), join(maps, 'hosts.map')].map(read));
      const [worker] = await haproxy.workers();
      await writeFile(join(directory, '90-mine.cfg'), 'backend rc_taken\n');
      await putKey(etcd, '/maps/taken/d', instance(0));
      const told = await rollcall.line(
        ({ service, msg }) => msg === 'quarantined' && service === 'taken',
        'the refusal',
      );
      expect(told.reason).toContain("'rc_taken' has the same name as backend");
      expect(await Promise.all([join(directory, '50-services.cfg'), join(maps, 'hosts.map')].map(read))).toEqual(
        before,
      );
      expect(await readdir(join(maps, 'ids'))).toEqual(['web.map']);
      expect(await ask(haproxy.port, 'web.example.com')).toMatch(/two|three/);
      expect(await ask(haproxy.port, 'taken.example.com')).toBe('421');

      // After the operator's mistake is corrected, all changes are served.
      await rm(join(directory, '90-mine.cfg'));
      await deleteKey(etcd, '/maps/web/c');
      await serves('rc_taken', 1);
      await serves('rc_web', undefined, 1);
      expect(await haproxy.workers()).not.toContain(worker);
      expect(await ask(haproxy.port, 'taken.example.com')).toBe('one');
    }, 120_000);
  });
});
