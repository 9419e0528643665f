import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { rollcall as runOnce, startRollcall, type Running } from '../support/command.js';
import { createPlace, type Place } from '../support/config.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { deleteKey, putKey } from '../support/keys.js';
import { describeWithMounts, withBound } from '../support/mounts.js';
import { until } from '../support/poll.js';

const main = 'pid nginx.pid; error_log stderr; events {} http { access_log off; include upstreams.conf; }';
const nginx = ['nginx', '-t', '-p', '.', '-c', 'main.conf', '-e', 'stderr'];
const many = Array.from({ length: 30 }, (_, index) => `s${String(index).padStart(2, '0')}`);
const ten = many.slice(0, 10);

describeWith('nginx', 'a name that does not resolve, among many services of one nginx', () => {
  describeWithMounts('with a resolver that the test controls', () => {
    describeWith('etcd', 'with a real etcd', () => {
      let etcd: EtcdServer;
      let place: Place;
      let rollcall: Running;

      beforeAll(async () => {
        etcd = await startEtcd();
      });
      afterEach(() => rollcall.end());
      afterAll(() => etcd.stop());

      const file = (): Promise<string> => readFile(place.at('upstreams.conf'), 'utf8').catch(() => '');
      const resolves = (...names: readonly string[]): Promise<void> =>
        writeFile(place.at('hosts'), names.map((name) => `127.0.0.1 ${name}.rollcall.test\n`).join(''));
      const put = (prefix: string, name: string, version: number): Promise<unknown> =>
        putKey(etcd, `${prefix}${name}/1`, { address: `${name}.rollcall.test`, port: 8000 + version });

      /** Thirty services whose names resolve are in nginx's file. */
      async function begin(prefix: string): Promise<void> {
        place = await createPlace(etcd, {});
        await resolves(...many);
        // Where nothing listens, a lookup fails at once.
        await writeFile(place.at('resolv.conf'), 'nameserver 127.0.0.1\n');
        await writeFile(place.at('main.conf'), main);
        await place.write({
          sources: [{ name: 'services', prefix }],
          targets: [
            {
              name: 'nginx',
              vars: { allowNames: true },
              files: [{ path: 'upstreams.conf', template: 'nginx-upstreams' }],
              check: withBound({ '/etc/hosts': place.at('hosts'), '/etc/resolv.conf': place.at('resolv.conf') }, nginx),
              reload: { command: ['sh', '-c', 'echo reload >> reloads'], minInterval: '10ms' },
            },
          ],
        });
        for (const name of many) await put(prefix, name, 0);
        rollcall = startRollcall(['run', '-c', place.file]);
        await rollcall.line(({ result }) => result === 'reloaded', 'the first reload');
        expect((await file()).match(/:8000/g)).toHaveLength(many.length);
      }

      it('keeps out only the service that has it, until it resolves', async () => {
        await begin('/one/');
        await put('/one/', 'new', 1);
        for (const name of ten) await put('/one/', name, 1);
        await until(async () => (await file()).match(/:8001/g)?.length === ten.length, {
          what: 'the ten good services',
        });
        expect(await file()).not.toContain('new.rollcall.test');
        const told = await rollcall.line(({ msg }) => msg === 'quarantined', 'the quarantine');
        expect(told).toMatchObject({
          service: 'new',
          reason: expect.stringMatching(
            /it is kept out: .*host not found in upstream "new\.rollcall\.test:8001"/,
          ) as string,
        });
        // A restart, and a single run, know it still: others change.
        await rollcall.end('SIGKILL');
        await put('/one/', many[20] ?? '', 3);
        const once = await runOnce(['run', '--once', '-c', place.file]);
        expect(once.code, once.stderr).toBe(0);
        expect(await file()).toContain(`${many[20]}.rollcall.test:8003`);
        expect(await file()).not.toContain('new.rollcall.test');
        rollcall = startRollcall(['run', '-c', place.file]);
        await put('/one/', many[21] ?? '', 3);
        await until(async () => (await file()).includes(`${many[21]}.rollcall.test:8003`), {
          what: 'a change after it',
        });
        expect(await file()).not.toContain('new.rollcall.test');
        await resolves(...many, 'new');
        await until(async () => (await file()).includes('new.rollcall.test:8001'), {
          what: 'the healed service',
          deadline: 90_000,
        });
        await rollcall.line(({ msg }) => msg === 'out of quarantine', 'the end of the quarantine');
      }, 120_000);

      it('freezes all while an accepted name is dead, says what to do, and goes on when its service is gone', async () => {
        await begin('/dead/');
        const before = await file();
        await resolves(...many.slice(1));
        await put('/dead/', many[5] ?? '', 4);
        const told = await rollcall.line(({ code }) => code === 'CHECK_BROKEN_BEFORE', 'the freeze');
        expect(told).toMatchObject({
          error: expect.stringContaining('host not found in upstream "s00.rollcall.test:8000"') as string,
          hint: expect.stringMatching(/remove or correct the service there.*is written at once/) as string,
        });
        expect(await file()).toBe(before);
        // The old state is still refused, and the new one is better.
        await deleteKey(etcd, '/dead/s00/1');
        await until(async () => (await file()).includes(`${many[5]}.rollcall.test:8004`), { what: 'the better state' });
        expect(await file()).not.toContain('s00.rollcall.test');
      }, 120_000);

      it('writes a first file that nginx cannot start without', async () => {
        place = await createPlace(etcd, {});
        await writeFile(place.at('main.conf'), main);
        await putKey(etcd, '/first/web/1', { address: '10.0.0.1', port: 80 });
        await place.write({
          sources: [{ name: 'services', prefix: '/first/' }],
          targets: [{ name: 'nginx', files: [{ path: 'upstreams.conf', template: 'nginx-upstreams' }], check: nginx }],
        });
        rollcall = startRollcall(['run', '-c', place.file]);
        await rollcall.line(({ result }) => result === 'changed', 'the first file');
        expect(await file()).toContain('10.0.0.1:80');
      });

      it('leaves the file as it is while the resolver is down during a change of ten services; healed, all ten flow', async () => {
        await begin('/down/');
        const before = await file();
        await resolves();
        for (const name of ten) await put('/down/', name, 2);
        await rollcall.line(
          ({ msg, result }) => msg === 'quarantined' || result === 'refused' || result === 'failed',
          'the trouble',
        );
        expect(await file()).toBe(before);
        await resolves(...many);
        await until(async () => (await file()).match(/:8002/g)?.length === ten.length, {
          what: 'all ten',
          deadline: 90_000,
        });
        expect((await file()).match(/:8000/g)).toHaveLength(many.length - ten.length);
      }, 120_000);
    });
  });
});
