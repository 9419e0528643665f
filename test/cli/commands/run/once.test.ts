import { readFile, stat, writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { describeWith } from '../../../support/binaries.js';
import { rollcall, startRollcall } from '../../../support/command.js';
import { createPlace, type Place } from '../../../support/config.js';
import { startEtcd, type EtcdServer } from '../../../support/etcd.js';
import { putKey } from '../../../support/keys.js';
import { until } from '../../../support/poll.js';
import { freePort } from '../../../support/ports.js';

const sources = [{ name: 'services', prefix: '/once/' }];
const target = (more: object = {}): object => ({
  sources,
  targets: [{ name: 'web', files: [{ path: 'out.json', template: 'json' }], ...more }],
});

describeWith('etcd', 'rollcall run --once', () => {
  let etcd: EtcdServer;
  beforeAll(async () => {
    etcd = await startEtcd();
    await putKey(etcd, '/once/web/1', '192.0.2.1:80');
  });
  const once = (place: Place, ...more: string[]) => rollcall(['run', '--once', '-c', place.file, ...more]);

  it('brings every target in step and exits 0; a second run writes nothing', async () => {
    const place = await createPlace(etcd, target({ check: 'true', reload: { command: 'true' } }));
    expect(await once(place)).toMatchObject({ code: 0, stdout: 'web: changed (1 created), reloaded\n' });
    const out = place.at('out.json');
    expect(await readFile(out, 'utf8')).toContain('192.0.2.1');
    const before = await stat(out);
    const second = await once(place);
    expect(second).toMatchObject({ code: 0, stdout: 'web: in step\n' });
    expect(second.stderr).not.toContain('reloaded');
    const { ino, mtimeMs, ctimeMs } = await stat(out);
    expect({ ino, mtimeMs, ctimeMs }).toEqual({ ino: before.ino, mtimeMs: before.mtimeMs, ctimeMs: before.ctimeMs });
  });

  it('exits 1 when the check refuses, with the output of the check and the old file in place', async () => {
    const refusing = ['sh', '-c', '! grep -q 192.0.2.1 out.json || { echo no such address >&2; exit 3; }'];
    const place = await createPlace(etcd, target({ check: refusing }));
    await writeFile(place.at('out.json'), 'old\n');
    const { code, stdout, stderr } = await once(place);
    expect(code).toBe(1);
    expect(stdout).toBe('web: refused, the old outputs stay\n');
    expect(stderr).toContain('CHECK_REFUSED');
    expect(stderr).toContain('no such address');
    expect(await readFile(place.at('out.json'), 'utf8')).toBe('old\n');
  });

  it('exits 1 when the reload fails; the next run does the pending reload although nothing has changed', async () => {
    const place = await createPlace(etcd, target({ reload: { command: ['sh', '-c', 'test -e allowed'] } }));
    const { code, stdout, stderr } = await once(place);
    expect(code).toBe(1);
    expect(stdout).toBe('web: changed (1 created), failed (RELOAD_FAILED), reload pending\n');
    expect(stderr).toContain('RELOAD_FAILED');
    await writeFile(place.at('allowed'), '');
    const paid = await once(place);
    expect(paid).toMatchObject({ code: 0, stdout: 'web: in step, reloaded\n' });
    expect(paid.stderr).toContain('pending reload acknowledged');
  });

  it('brings the other targets in step when one fails, and exits 1', async () => {
    const place = await createPlace(etcd, {
      sources,
      targets: [
        { name: 'bad', files: [{ path: 'nowhere/out.json', template: 'json' }] },
        { name: 'good', files: [{ path: 'good.json', template: 'json' }] },
      ],
    });
    const { code, stdout, stderr } = await once(place);
    expect(code).toBe(1);
    expect(stdout).toBe('bad: failed (OUTPUT_UNWRITABLE)\ngood: changed (1 created)\n');
    expect(stderr).toContain('OUTPUT_UNWRITABLE');
    expect(await readFile(place.at('good.json'), 'utf8')).toContain('192.0.2.1');
  });

  it('says what was left out', async () => {
    const place = await createPlace(etcd, {
      sources: [{ name: 'services', prefix: '/once/' }],
      targets: [{ name: 'web', files: [{ path: 'out.conf', template: './a.hbs' }] }],
    });
    await writeFile(place.at('a.hbs'), '{{#each services}}{{#each instances}}{{metadata.zone}}{{/each}}{{/each}}');
    expect(await once(place)).toMatchObject({
      code: 0,
      stdout: 'web: changed (1 created), 1 left out (1 quarantined)\n',
    });
  });

  it('exits 1 without etcd, within the timeout, and names the missing targets', async () => {
    const place = await createPlace(`http://127.0.0.1:${await freePort()}`, target());
    const started = performance.now();
    const { code, stdout, stderr } = await once(place, '--timeout', '1s');
    expect(code).toBe(1);
    expect(stdout).toBe('web: not made\n');
    expect(performance.now() - started).toBeLessThan(10_000);
    const lines = stderr.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as object)).toEqual([
      expect.objectContaining({ level: 'warn', msg: 'waiting for etcd', source: 'services' }),
      expect.objectContaining({ level: 'error', msg: 'some targets were not reached in time', targets: ['web'] }),
    ]);
  });

  it.each([
    ['a wrong config', { targets: [] }, 'CONFIG_INVALID'],
    ['a wrong variable', { etcd: {}, ...target() }, 'CONFIG_INVALID'],
  ])('exits 2 for %s', async (_title, config, code) => {
    const place = await createPlace(etcd, config);
    const end = await rollcall(['run', '--once', '-c', place.file], { env: { ETCDCTL_ENDPOINTS: 'ftp://x' } });
    expect(end.code).toBe(2);
    expect(JSON.parse(end.stderr)).toMatchObject({ level: 'error', code, msg: 'rollcall cannot run' });
  });

  it('exits 2 for a template with a mistake, and gives its place', async () => {
    const place = await createPlace(etcd, {
      sources,
      targets: [{ name: 'web', files: [{ path: 'out', template: './a.hbs' }] }],
    });
    await writeFile(place.at('a.hbs'), 'one\n{{#each servces}}{{/each}}\n');
    const { code, stderr } = await once(place);
    expect(code).toBe(2);
    expect(stderr).toContain(`${place.at('a.hbs')}:2:9: `);
    expect(stderr).toContain('TEMPLATE_INVALID');
  });

  it('leaves no process when a reload hangs past its timeout', async () => {
    const script = 'echo $$ > pid; sleep 300 & echo $! >> pid; wait';
    const reload = { command: ['sh', '-c', script], timeout: '500ms' };
    const place = await createPlace(etcd, target({ reload }));
    const { code, stderr } = await once(place);
    expect(code).toBe(1);
    expect(stderr).toContain('RELOAD_TIMED_OUT');
    const pids = (await readFile(place.at('pid'), 'utf8')).trim().split('\n').map(Number);
    expect(pids).toHaveLength(2);
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  it('refuses the stateDir of another running rollcall', async () => {
    const place = await createPlace(etcd, target());
    const first = startRollcall(['run', '-c', place.file]);
    await first.line(({ msg }) => msg === 'outputs changed', 'the first file');
    const { code, stderr } = await once(place);
    expect(code).toBe(1);
    expect(JSON.parse(stderr)).toMatchObject({ code: 'STATE_LOCKED' });
    expect(stderr).toContain(String(first.pid));
    expect(await first.end()).toMatchObject({ code: 0 });
    expect((await once(place)).code).toBe(0);
  });

  describe('with secrets', () => {
    it('never logs the value or metadata of a registration, or a password', async () => {
      const place = await createPlace(etcd, {});
      await writeFile(place.at('password'), 'hunter2-password\n', { mode: 0o600 });
      await putKey(etcd, '/secret/web/1', { address: '192.0.2.1', port: 80, metadata: { token: 'secret-$metadata;' } });
      await putKey(etcd, '/secret/web/2', 'secret-rejected:value:with:colons');
      await putKey(etcd, '/secret/web/3', { address: '0.0.0.0', port: 80, metadata: { token: 'secret-wildcard' } });
      await putKey(etcd, '/secret/web/5', { address: '192.0.2.5', port: 80 });
      await putKey(etcd, '/secret/web/4', { address: '192.0.2.4', port: 'secret-port' });
      await writeFile(
        place.at('a.hbs'),
        '{{#each services}}{{#each instances}}set $a{{@index}} "{{host}} {{metadata.token}}";\n{{/each}}{{/each}}',
      );
      await place.write({
        etcd: { endpoints: [etcd.endpoint], auth: { username: 'root', passwordFile: 'password' } },
        sources: [{ name: 'services', prefix: '/secret/', format: 'json' }],
        targets: [{ name: 'web', files: [{ path: 'out.conf', template: './a.hbs' }], check: 'false' }],
      });
      const ends = [await once(place), await rollcall(['validate', '-c', place.file])];
      const text = ends.map(({ stdout, stderr }) => stdout + stderr).join('');
      expect(text).toContain('registration rejected');
      expect(text).toContain('quarantined');
      expect(text).toContain('/secret/web/4');
      expect(text).not.toMatch(/secret-|hunter2/);
      const wide = await rollcall(['services', '-o', 'wide', '-c', place.file]);
      expect(wide.stderr).toContain('/secret/web/2');
      expect(wide.stderr).not.toMatch(/secret-rejected|secret-port|hunter2/);
    });
  });

  it('exits 1 at a signal, because some targets were not reached', async () => {
    const place = await createPlace(`http://127.0.0.1:${await freePort()}`, target());
    const process = startRollcall(['run', '--once', '-c', place.file]);
    await process.line(({ msg }) => msg === 'waiting for etcd', 'its complaint');
    expect(await process.end()).toMatchObject({ code: 1, stdout: 'web: not made\n' });
    await until(() => process.stderr().includes('stopping'));
  });
});
