import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { describeWith, needs } from '../../../support/binaries.js';
import { environment, main, rollcall, startRollcall, type CommandOptions } from '../../../support/command.js';
import { createPlace, type Place } from '../../../support/config.js';
import { startEtcd, type EtcdServer } from '../../../support/etcd.js';
import { deleteKey, putKey } from '../../../support/keys.js';
import { until } from '../../../support/poll.js';
import { freePort } from '../../../support/ports.js';

const template = '{{#each services}}{{name}}\n{{#each instances}}  {{host}}:{{port}}\n{{/each}}{{/each}}';

describeWith('etcd', 'rollcall diff', () => {
  const patch = needs('patch');
  let etcd: EtcdServer;
  let count = 0;
  beforeAll(async () => {
    etcd = await startEtcd();
  });

  /** A directory and a prefix for one test, with helpers that read and change them. */
  async function createWorld(target: object = {}, source: object = {}) {
    const prefix = `/diff-${++count}/`;
    const place = await createPlace(etcd, {
      sources: [{ name: 'services', prefix, format: 'plain', ...source }],
      targets: [{ name: 'web', files: [{ path: 'out', template: './t.hbs' }], ...target }],
    });
    await writeFile(place.at('t.hbs'), template);
    return {
      place,
      out: place.at('out'),
      put: (key: string, value: string) => putKey(etcd, prefix + key, value),
      drop: (key: string) => deleteKey(etcd, prefix + key),
      diff: (...args: string[]) => rollcall(['diff', '-c', place.file, ...args]),
      once: async () => {
        expect(await rollcall(['run', '--once', '-c', place.file])).toMatchObject({ code: 0 });
      },
    };
  }

  const withMode = { files: [{ path: 'out', template: './t.hbs', mode: '0644' }] };

  /** Every file of a directory, with the attributes that a write would change. */
  async function marksOf({ dir }: Place): Promise<string[]> {
    const names = (await readdir(dir, { recursive: true })).sort();
    return Promise.all(
      names.map(async (name) => {
        const { ino, mtimeNs, mode } = await stat(`${dir}/${name}`, { bigint: true });
        return `${name} ${ino} ${mtimeNs} ${mode}`;
      }),
    );
  }

  it('shows the files that a first run creates, writes nothing, and exits 1', async () => {
    const { place, out, put, diff } = await createWorld();
    await put('api/1', '192.0.2.1:80');
    const before = await marksOf(place);
    const { code, stdout, stderr } = await diff();
    expect(code).toBe(1);
    expect(stdout).toBe(
      [
        `web: create ${out} (mode 0644)`,
        '--- /dev/null',
        `+++ ${out}\t(desired)`,
        '@@ -0,0 +1,2 @@',
        '+api',
        '+  192.0.2.1:80',
        '',
      ].join('\n'),
    );
    expect(stderr).toBe('web: 1 create\n');
    expect(await marksOf(place)).toEqual(before);
  });

  it('prints nothing on standard output when everything is in step, and exits 0', async () => {
    const { put, diff, once } = await createWorld({ reload: { command: 'true' } });
    await put('api/1', '192.0.2.1:80');
    await once();
    expect(await diff()).toMatchObject({ code: 0, stdout: '', stderr: 'web: in step\n' });
  });

  it('is a patch with the same result as run', async () => {
    const { out, put, drop, diff, once } = await createWorld({ ...withMode, reload: { command: ['true', 'now'] } });
    for (let port = 1; port < 40; port++) await put(`api/${port}`, `192.0.2.1:${port}`);
    await once();
    const old = await readFile(out);
    await drop('api/7');
    await put('api/30', '192.0.2.1:99');
    await chmod(out, 0o600);
    const { code, stdout, stderr } = await diff();
    expect(code).toBe(1);
    expect(stdout).toMatch(new RegExp(`^web: update ${out} \\(mode 0600 -> 0644\\)\n--- ${out}\t\\(there\\)\n`));
    expect(stderr).toBe('web: 1 update, then command true now\n');
    await once();
    const made = await readFile(out);
    await writeFile(out, old);
    execFileSync(patch, ['--silent', '-p0', '-d', '/'], { input: stdout });
    expect((await readFile(out)).equals(made)).toBe(true);
  });

  it('shows a change of only the mode or the owner', async () => {
    const { out, diff, once } = await createWorld(withMode);
    await once();
    await chmod(out, 0o640);
    expect(await diff()).toMatchObject({ code: 1, stdout: `web: update ${out} (mode 0640 -> 0644)\n` });
  });

  it('counts lines with --stat, and shows only the named target', async () => {
    const { place, out, put, diff } = await createWorld();
    await put('api/1', '192.0.2.1:80');
    await writeFile(out, 'one\ntwo\nthree\n');
    const files = { files: [{ path: 'other', template: 'json' }] };
    const [source] = [{ name: 'services', prefix: `/diff-${count}/`, format: 'plain' }];
    await place.write({
      sources: [source],
      targets: [
        { name: 'web', files: [{ path: 'out', template: './t.hbs' }] },
        { name: 'other', ...files },
      ],
    });
    const { code, stdout, stderr } = await diff('web', '--stat');
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: `web: update ${out}  +2 -3\n`,
      stderr: 'web: 1 update\n',
    });
    const unknown = await diff('wbe');
    expect({ code: unknown.code, stdout: unknown.stdout }).toEqual({ code: 2, stdout: '' });
    expect(unknown.stderr).toContain('the config has no target "wbe"\n  Did you mean web?');
  });

  it('shows files that are created, changed and deleted with their services', async () => {
    const { place, put, drop, diff, once } = await createWorld({
      files: [{ path: 'fan/{{service.name}}.list', template: './s.hbs', forEach: 'service' }],
    });
    await writeFile(place.at('s.hbs'), '{{#each service.instances}}{{host}}:{{port}}\n{{/each}}');
    await put('api/1', '192.0.2.1:80');
    await put('old/1', '192.0.2.2:80');
    await once();
    await put('api/1', '192.0.2.1:81');
    await put('new/1', '192.0.2.3:80');
    await put('theirs/1', '192.0.2.4:80');
    await drop('old/1');
    await writeFile(place.at('fan/theirs.list'), 'by hand\n');
    const { code, stdout, stderr } = await diff();
    expect(code).toBe(1);
    const at = (name: string): string => place.at('fan', name);
    expect(stdout.split('\n').filter((line) => line.startsWith('web: '))).toEqual([
      `web: update ${at('api.list')}`,
      `web: create ${at('new.list')} (mode 0644)`,
      `web: delete ${at('old.list')}`,
    ]);
    expect(stdout).toContain('-192.0.2.1:80\n+192.0.2.1:81\n');
    expect(stdout).toContain(`--- ${at('old.list')}\t(there)\n+++ /dev/null\n@@ -1 +0,0 @@\n-192.0.2.2:80\n`);
    expect(stderr).toContain(
      `web: this target did not make these, and leaves them as they are: ${at('theirs.list')}\n`,
    );
    expect(stderr).toContain('web: 1 create, 1 update, 1 delete\n');
  });

  it('reports on standard error what is left out, and why', async () => {
    const { place, put, diff } = await createWorld({}, { format: 'json' });
    await writeFile(place.at('t.hbs'), '{{#each services}}{{#each instances}}{{metadata.rack}}\n{{/each}}{{/each}}');
    await put('api/1', '{"address":"192.0.2.1","port":80}');
    await put('api/2', '{"address":"192.0.2.2","port":80,"metadata":{"rack":"r1"}}');
    await put('api/3', 'nonsense');
    const { stdout, stderr } = await diff();
    expect(stdout).toContain('@@ -0,0 +1 @@\n+r1\n');
    expect(stderr).toMatch(/^web: left out: api 1 \(192\.0\.2\.1:80\): .*t\.hbs:1:\d+: .*rack/m);
    expect(stderr).toContain('1 rejected');
  });

  it('writes a patch that patch(1) applies: then everything is in step', async () => {
    const { place, put, diff } = await createWorld();
    await put('api/1', '192.0.2.1:80');
    expect(await rollcall(['run', '--once', '-c', place.file])).toMatchObject({ code: 0 });
    await put('api/2', '192.0.2.2:80');
    const { code, stdout, stderr } = await diff('-o', 'patch');
    expect([code, stdout.split('\n', 1)]).toEqual([1, [expect.stringMatching(/^diff --git a\/.* b\/.*$/)]]);
    expect(stderr).toMatch(/^web: \d+ (update|create)/);
    execFileSync(patch, ['-p1', '-d', '/'], { input: stdout });
    expect(await diff()).toMatchObject({ code: 0, stdout: '' });
  });

  it('counts what is outside select, and lists it as JSON', async () => {
    const { put, diff } = await createWorld({ select: { services: ['api'] } });
    await put('api/1', '192.0.2.1:80');
    await put('db/1', '192.0.2.2:5432');
    expect((await diff()).stderr).toContain('web: left out: 1 outside select (-o json lists them)\n');
    const { targets } = JSON.parse((await diff('-o', 'json')).stdout) as { targets: { leftOut: object[] }[] };
    expect(targets[0]?.leftOut).toEqual([
      expect.objectContaining({ service: 'db', address: '192.0.2.2', port: 5432, reason: 'outside select' }),
    ]);
  });

  it('exits 2 with one message when its output cannot be written', async () => {
    const { put, place } = await createWorld();
    await put('api/1', '192.0.2.1:80');
    for (const args of ['diff', 'diff -o json', 'diff -o patch', 'render web']) {
      const { status, stderr } = spawnSync(
        'bash',
        ['-c', `'${process.execPath}' '${main}' ${args} -c '${place.file}' > /dev/full`],
        { encoding: 'utf8', env: environment() },
      );
      expect([args, status]).toEqual([args, 2]);
      expect(stderr).toMatch(/^rollcall: standard output cannot be written: ENOSPC.*\n {2}.*\(STDOUT_UNWRITABLE\)$/m);
      expect(stderr).not.toMatch(/^ +at /m);
    }
  });

  it('works while rollcall runs, and reports a pending reload', async () => {
    const { place, put, diff } = await createWorld({ reload: { command: 'false' } });
    await put('api/1', '192.0.2.1:80');
    const running = startRollcall(['run', '-c', place.file]);
    await running.line(({ code }) => code === 'RELOAD_FAILED', 'the failed reload');
    expect(await diff()).toMatchObject({
      code: 0,
      stdout: '',
      stderr: 'web: in step, reload (command false) pending\n',
    });
    expect(await running.end()).toMatchObject({ code: 0 });
  });

  it('reports that a check has refused these outputs', async () => {
    const { place, put, diff } = await createWorld({ check: "sh -c '! grep -q :81 out'" });
    await put('api/1', '192.0.2.1:80');
    const running = startRollcall(['run', '-c', place.file]);
    await until(() => readFile(place.at('out')).catch(() => undefined), { what: 'the first output' });
    await put('api/1', '192.0.2.1:81');
    await running.line(({ result }) => result === 'refused', 'the refusal');
    const { code, stderr } = await diff();
    expect(code).toBe(1);
    expect(stderr).toContain('web: its check has refused these outputs');
    await running.end();
  });

  it('shows the keys of a skydns target with their old and new values', async () => {
    const skydns = { prefix: `/skydns-diff`, domain: 'example.com', owner: 'me' };
    const { place, put, diff, once } = await createWorld();
    const config = (ttl: number) => ({
      sources: [{ name: 'services', prefix: `/diff-${count}/`, format: 'plain' }],
      targets: [{ name: 'dns', skydns: { ...skydns, ttl } }],
    });
    await put('api/1', '192.0.2.1:80');
    await place.write(config(30));
    await once();
    expect(await diff()).toMatchObject({ code: 0 });
    await place.write(config(60));
    const { code, stdout } = await diff();
    expect(code).toBe(1);
    const value = (ttl: number) => JSON.stringify({ host: '192.0.2.1', port: 80, weight: 1, ttl, owner: 'me' });
    expect(stdout).toMatch(/^dns: update \/skydns-diff\/com\/example\/api\/[0-9a-f]{12}\n/);
    expect(stdout.split('\n').slice(1)).toEqual([`-${value(30)}`, `+${value(60)}`, '']);
  });

  it('has the same content as JSON', async () => {
    const { out, put, diff } = await createWorld();
    await put('api/1', '192.0.2.1:80');
    const { code, stdout, stderr } = await diff('-o', 'json');
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({
      targets: [
        {
          target: 'web',
          differences: [
            {
              action: 'create',
              output: out,
              notes: ['mode 0644'],
              added: 2,
              removed: 0,
              diff: `--- /dev/null\n+++ ${out}\t(desired)\n@@ -0,0 +1,2 @@\n+api\n+  192.0.2.1:80\n`,
            },
          ],
          quarantined: [],
          leftOut: [],
          remarks: [],
        },
      ],
      rejected: [],
    });
  });

  it('has colours on request, and escapes control characters by their numbers', async () => {
    const { place, out, put, diff } = await createWorld();
    await put('api/1', '192.0.2.1:80');
    await writeFile(out, 'api\n\u001b[2J\n');
    expect((await diff()).stdout).toContain('\n-\u001b[2J\n');
    const { stdout } = await rollcall(['diff', '-c', place.file], { env: { FORCE_COLOR: '1' } });
    expect(stdout).toContain('\u001b[36m@@ -1,2 +1,2 @@\u001b[39m\n api\n');
    expect(stdout).toContain('\u001b[31m-\\u{1b}[2J\u001b[39m\n\u001b[32m+  192.0.2.1:80\u001b[39m\n');
    const never = await rollcall(['diff', '-c', place.file], { env: { FORCE_COLOR: '1', NO_COLOR: '1' } });
    for (const code of [31, 32, 36]) expect(never.stdout).not.toContain(`\u001b[${code}m`);
  });

  it('exits 2 when the diff of one target fails, and shows the others', async () => {
    const { place, put, diff } = await createWorld();
    await put('api/1', '192.0.2.1:80');
    await place.write({
      sources: [{ name: 'services', prefix: `/diff-${count}/`, format: 'plain' }],
      targets: [
        { name: 'web', files: [{ path: 'out', template: './t.hbs' }] },
        { name: 'lost', files: [{ path: 'absent/out', template: './t.hbs' }] },
      ],
    });
    const { code, stdout, stderr } = await diff();
    expect(code).toBe(2);
    expect(stdout).toContain('+api\n');
    expect(stderr).toMatch(/^lost: its changes cannot be computed\nrollcall: .*absent\/out.*ENOENT/m);
  });

  it('exits 2 when etcd does not answer in time', async () => {
    const away = await createPlace(`http://127.0.0.1:${await freePort()}`, {
      sources: [{ name: 'services', prefix: '/services/' }],
      targets: [{ name: 'web', files: [{ path: 'out', template: 'json' }] }],
    });
    const { code, stdout, stderr } = await rollcall(['diff', '--timeout', '1s', '-c', away.file]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^rollcall: source services: not listed within 1000 ms: .*\(ETCD_UNREACHABLE\)\n$/s);
  });

  describe.runIf(process.getuid?.() === 0)('by another user', () => {
    const asNobody = (place: Place, options: CommandOptions = {}) =>
      rollcall(['diff', '-c', place.file], { ...options, uid: 65534 });

    it('shows the readable outputs, and says that the journal cannot be read', async () => {
      const { place, out, put, once } = await createWorld();
      await put('api/1', '192.0.2.1:80');
      await once();
      await put('api/1', '192.0.2.1:81');
      await chmod(place.dir, 0o755);
      const { code, stdout, stderr } = await asNobody(place);
      expect(code).toBe(2);
      expect(stdout).toContain('-  192.0.2.1:80\n+  192.0.2.1:81\n');
      expect(stderr).toMatch(
        /^web: its changes are not known completely\nrollcall: its journal cannot be read, so .*EACCES.*\n.*\(STATE_UNREADABLE\)\n/m,
      );
      await chmod(out, 0o600);
      const blind = await asNobody(place);
      expect(blind.code).toBe(2);
      expect(blind.stderr).toMatch(
        /cannot read .*out: the user of rollcall may not read .*out \(EACCES\)\n.*\(OUTPUT_UNREADABLE\)/,
      );
    });
  });

  it('follows a link to the file that run writes, and says so', async () => {
    const { place, out, diff } = await createWorld();
    await mkdir(place.at('real'));
    await writeFile(place.at('real/file'), 'old\n');
    await symlink(place.at('real/file'), out);
    const { stdout } = await diff();
    expect(stdout).toContain(`web: update ${out} (written to ${place.at('real/file')}`);
    expect(stdout).toContain('-old\n');
  });
});
