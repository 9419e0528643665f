import { chmod, readFile, readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { startRollcall, type Line } from '../support/command.js';
import { createPlace } from '../support/config.js';
import { startEtcd, type EtcdServer } from '../support/etcd.js';
import { deleteKey, putKey, readKeys } from '../support/keys.js';
import { startNginx } from '../support/nginx.js';
import { until } from '../support/poll.js';

const read = (path: string): Promise<string> => readFile(path, 'utf8');
const reloaded = (line: Line): boolean => line.msg === 'outputs changed and reloaded';

/** A small HTTP service that answers with its name. */
async function backend(name: string): Promise<{ port: number; close: () => void }> {
  const server = createServer((_request, response) => response.end(name));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

describeWith('etcd', 'from a key in etcd', () => {
  let etcd: EtcdServer;
  beforeAll(async () => {
    etcd = await startEtcd();
  });

  describeWith('nginx', 'to what nginx serves', () => {
    const backends: Awaited<ReturnType<typeof backend>>[] = [];
    afterAll(() => {
      for (const { close } of backends) close();
    });

    it('serves the first list, additions and removals, and 502 when an expected service is empty', async () => {
      const [one, two] = [await backend('one'), await backend('two')];
      backends.push(one, two);
      const place = await createPlace(etcd, {});
      const upstreams = place.at('upstreams.conf');
      await writeFile(upstreams, 'upstream web { server 255.255.255.255:1 down; }\n');
      const nginx = await startNginx({
        conf: (port) =>
          `include ${upstreams};\nserver { listen 127.0.0.1:${port}; location / { proxy_pass http://web; } }`,
      });
      const ask = async (): Promise<string> => {
        const response = await fetch(`http://127.0.0.1:${nginx.port}/`);
        return response.ok ? response.text() : String(response.status);
      };
      await place.write({
        sources: [{ name: 'services', prefix: '/serving/' }],
        targets: [
          {
            name: 'nginx',
            expect: ['web'],
            files: [{ path: upstreams, template: 'nginx-upstreams' }],
            check: [...nginx.command, '-t'],
            reload: { command: [...nginx.command, '-s', 'reload'], minInterval: '10ms' },
          },
        ],
      });
      const process = startRollcall(['run', '-c', place.file]);

      const empty = await process.line(reloaded, 'the first reload');
      expect(empty).toMatchObject({ level: 'info', target: 'nginx', result: 'reloaded' });
      expect(await ask()).toBe('502');

      await putKey(etcd, '/serving/web/one', { address: '127.0.0.1', port: one.port });
      await until(async () => (await ask()) === 'one', { what: 'nginx serving one' });
      await putKey(etcd, '/serving/web/two', { address: '127.0.0.1', port: two.port });
      await until(async () => (await ask()) === 'two', { what: 'nginx serving two' });

      const before = process.lines().length;
      await deleteKey(etcd, '/serving/web/one');
      const gone = await process.line(reloaded, 'the reload without one', before);
      // An acknowledged reload has only begun: old workers may answer once more.
      await until(async () => (await Promise.all(Array.from({ length: 8 }, ask))).every((answer) => answer === 'two'), {
        what: 'only two being served',
      });
      expect(gone).toMatchObject({ updated: 1, created: 0, deleted: 0, bytes: (await read(upstreams)).length });
      expect(gone.revision).toMatch(/^services=\d+$/);
      expect(gone.swapMs).toBeGreaterThanOrEqual(0);
      expect(gone.reloadMs).toBeGreaterThanOrEqual(gone.swapMs as number);

      await deleteKey(etcd, '/serving/web/two');
      await until(async () => (await ask()) === '502', { what: 'nginx answering 502 again' });

      const end = await process.end();
      expect(end).toMatchObject({ code: 0, stdout: '' });
      const outcomes = process.lines().filter(({ result }) => result !== undefined);
      // One line for the existing file that is taken over, then one for each of the four changes, and no other.
      expect(outcomes.map(({ result, msg }) => [result, msg])).toEqual(
        outcomes.map(() => ['reloaded', 'outputs changed and reloaded']),
      );
      expect(outcomes.length).toBeLessThanOrEqual(5);
      await nginx.stop();
    });
  });

  it('makes a file for each service and removes those of vanished services, and no other', async () => {
    const place = await createPlace(etcd, {});
    await writeFile(place.at('map.hbs'), '{{#each service.instances}}{{host}}:{{port}}\n{{/each}}');
    await place.write({
      sources: [{ name: 'services', prefix: '/fan/' }],
      targets: [
        {
          name: 'maps',
          files: [{ path: 'maps/{{service.name}}.map', template: './map.hbs', forEach: 'service', dialect: 'none' }],
        },
      ],
    });
    await putKey(etcd, '/fan/web/1', '192.0.2.1:80');
    await putKey(etcd, '/fan/api/1', '192.0.2.2:81');
    const process = startRollcall(['run', '-c', place.file]);
    const first = await process.line(({ msg }) => msg === 'outputs changed', 'the first files');
    expect(first).toMatchObject({ created: 2 });
    expect(await read(place.at('maps', 'web.map'))).toBe('192.0.2.1:80\n');
    await writeFile(place.at('maps', 'mine.map'), 'not rollcall’s\n');
    await deleteKey(etcd, '/fan/api/1');
    await putKey(etcd, '/fan/api/../../../../evil', '192.0.2.3:82');
    await putKey(etcd, '/fan/db/1', '192.0.2.4:83');
    await until(async () => (await readdir(place.at('maps'))).sort().join() === 'db.map,mine.map,web.map', {
      what: 'the files of web and db, and mine',
    });
    await process.end();
    expect(await read(place.at('maps', 'db.map'))).toBe('192.0.2.4:83\n');
  });

  it('writes the keys that CoreDNS reads, and changes no key of another writer', async () => {
    const place = await createPlace(etcd, {
      sources: [{ name: 'services', prefix: '/dns-in/' }],
      targets: [
        { name: 'dns', skydns: { prefix: '/dns-out', domain: 'svc.example.internal', owner: 'test', ttl: 30 } },
      ],
    });
    const foreign = '/dns-out/internal/example/svc/web/foreign';
    await putKey(etcd, foreign, { host: '203.0.113.1' });
    await putKey(etcd, '/dns-in/web/1', '192.0.2.1:80');
    const process = startRollcall(['run', '-c', place.file]);
    const records = async () => {
      const all = Object.entries(await readKeys(etcd, '/dns-out/'));
      return all.filter(([key]) => key !== foreign).map(([, value]) => JSON.parse(value) as { host: string });
    };
    await until(async () => (await records()).length === 1, { what: 'one record' });
    expect(await records()).toEqual([expect.objectContaining({ host: '192.0.2.1', port: 80, ttl: 30 })]);
    await putKey(etcd, '/dns-in/web/2', '192.0.2.2:80');
    await until(async () => (await records()).length === 2, { what: 'two records' });
    await deleteKey(etcd, '/dns-in/web/*');
    await until(async () => (await records()).length === 0, { what: 'no record' });
    expect(await readKeys(etcd, '/dns-out/')).toEqual({ [foreign]: '{"host":"203.0.113.1"}' });
    await process.end();
  });

  it('goes on with one target while the reload of another hangs, and retries that reload later', async () => {
    const place = await createPlace(etcd, {});
    const [action, reloads] = [place.at('action'), place.at('reloads')];
    await writeFile(action, 'sleep 300');
    // After its action, the reload copies the file that it has loaded.
    const command = `eval "$(cat ${action})"; cat ${place.at('hangs.json')} > ${reloads}`;
    const target = (name: string, reload: object) => ({
      name,
      files: [{ path: `${name}.json`, template: 'json' }],
      reload: { minInterval: '10ms', ...reload },
    });
    await place.write({
      sources: [{ name: 'services', prefix: '/two/' }],
      targets: [
        target('hangs', { command: ['sh', '-c', command], timeout: '5s' }),
        target('works', { command: 'true' }),
      ],
    });
    const process = startRollcall(['run', '-c', place.file]);
    const works = ({ target, result }: Line): boolean => target === 'works' && result === 'reloaded';
    await process.line(works, 'the first reload of works');
    // Several changes in turn, all while the other reload hangs.
    for (const last of ['1', '2', '3']) {
      const before = process.lines().length;
      await putKey(etcd, `/two/web/${last}`, `192.0.2.${last}:80`);
      // At once, or later if `minInterval` has not passed.
      await process.line(works, `the reload for ${last}`, before);
      expect(await read(place.at('works.json'))).toContain(`192.0.2.${last}`);
    }
    expect(process.lines().filter(({ target, result }) => target === 'hangs' && result !== undefined)).toEqual([]);
    const late = await process.line(({ target, result }) => target === 'hangs' && result === 'failed', 'the timeout');
    expect(late).toMatchObject({ level: 'error', code: 'RELOAD_TIMED_OUT' });
    expect(late.error).toContain('did not end within 5000 ms');
    expect(late.retryInMs).toBeGreaterThan(0);

    // No key changes any more: the pending reload runs, with all changes of the meantime.
    await writeFile(action, 'true');
    await process.line(
      ({ target, result }) => target === 'hangs' && result === 'reloaded',
      'the reload of hangs after all',
    );
    await until(async () => (await read(reloads)) === (await read(place.at('hangs.json'))), {
      what: 'the newest file taken up',
    });
    expect(await read(reloads)).toContain('192.0.2.3');
    await process.end();
  });

  it('logs no field that docs/cli.md does not explain, and none of two types', async () => {
    const page = await read(join(import.meta.dirname, '..', '..', 'docs', 'cli.md'));
    const rows = page.split('## The log')[1]?.match(/^\| `.*?\|/gm) ?? [];
    const explained = rows.flatMap((row) => Array.from(row.matchAll(/`(\w+)`/g), ([, field]) => field));
    const place = await createPlace(etcd, {});
    await writeFile(place.at('a.hbs'), '{{#each services}}{{#each instances}}{{metadata.zone}}\n{{/each}}{{/each}}');
    const target = (name: string, more: object) => ({ name, files: [{ path: name, template: './a.hbs' }], ...more });
    await place.write({
      sources: [
        { name: 'services', prefix: '/fields/' },
        { name: 'other', prefix: '/fields/raw/', format: 'raw' },
      ],
      targets: [
        target('reloads', { reload: { command: 'true', minInterval: '200ms' } }),
        target('refused', { check: ['sh', '-c', '! grep -q a refused'] }),
        target('fails', { reload: { command: 'false' } }),
        { name: 'dns', skydns: { prefix: '/fields-dns', domain: 'svc.example.internal', owner: 'test' } },
      ],
    });
    const process = startRollcall(['run', '-c', place.file]);
    await process.line(({ target, result }) => target === 'reloads' && result === 'reloaded', 'the first reload');
    await putKey(etcd, '/fields/web/1', { address: '192.0.2.1', port: 80, metadata: { zone: 'a' } });
    await putKey(etcd, '/fields/web/2', { address: '192.0.2.2', port: 80 });
    await putKey(etcd, '/fields/web/3', { address: '0.0.0.0', port: 80 });
    await process.line(({ msg }) => msg === 'quarantined', 'the quarantine');
    await process.line(({ result }) => result === 'refused', 'the refusal');
    await process.line(({ msg }) => msg === 'registration rejected', 'the rejection');
    process.send('SIGHUP');
    await process.line(({ msg }) => msg === 'the new config is in force', 'the config read again');
    await process.end();
    const types = new Map<string, Set<string>>();
    for (const line of process.lines())
      for (const [field, value] of Object.entries(line))
        types.set(field, (types.get(field) ?? new Set()).add(Array.isArray(value) ? 'list' : typeof value));
    for (const field of ['level', 'time', 'msg']) types.delete(field);
    expect([...types.keys()].filter((field) => !explained.includes(field))).toEqual([]);
    expect([...types].filter(([, kinds]) => kinds.size > 1)).toEqual([]);
    expect(types.size).toBeGreaterThan(20);
  });

  it('gives commands the target and the changed outputs, and no credentials', async () => {
    const place = await createPlace(etcd, {});
    const script = place.at('reload.sh');
    await writeFile(
      script,
      `#!/bin/sh\nenv > ${place.at('env')}\ntr '\\0' '\\n' < "$ROLLCALL_FILES_FROM" > ${place.at('files')}\npwd > ${place.at('cwd')}\n`,
    );
    await chmod(script, 0o755);
    await place.write({
      etcd: {},
      env: ['REGION'],
      sources: [{ name: 'services', prefix: '/seen/' }],
      targets: [{ name: 'web', files: [{ path: 'out.json', template: 'json' }], reload: { command: ['./reload.sh'] } }],
    });
    await putKey(etcd, '/seen/web/1', '192.0.2.1:80');
    const env = { ETCDCTL_ENDPOINTS: etcd.endpoint, REGION: 'eu', OTHER_SECRET: 'x' };
    const process = startRollcall(['run', '-c', place.file], { env });
    const line = await process.line(reloaded, 'the reload');
    await process.end();
    const seen = await read(place.at('env'));
    expect(seen).not.toContain('ETCDCTL_');
    expect(seen).not.toContain('OTHER_SECRET');
    expect(seen).toContain('REGION=eu\n');
    expect(seen).toContain('ROLLCALL_TARGET=web\n');
    expect(seen).toContain(`ROLLCALL_REVISION=${String(line.revision)}\n`);
    expect(await read(place.at('files'))).toBe(`${place.at('out.json')}\n`);
    expect(await read(place.at('cwd'))).toBe(`${place.dir}\n`);
  });
});
