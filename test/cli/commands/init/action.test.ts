import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../../src/config/load.js';
import { starters } from '../../../../src/cli/commands/init/starters.js';
import { describeWith } from '../../../support/binaries.js';
import { rollcall } from '../../../support/command.js';
import { startEtcd } from '../../../support/etcd.js';
import { putKey } from '../../../support/keys.js';
import { startNginx } from '../../../support/nginx.js';
import { until } from '../../../support/poll.js';
import { tempDir } from '../../../support/temp.js';

describe('rollcall init', () => {
  it.each(starters)('writes a config for %s that is right as it is', async (consumer) => {
    const cwd = await tempDir();
    const { code, stdout, stderr } = await rollcall(['init', consumer], { cwd });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^wrote rollcall.yaml. Next:\n.*\n {2}rollcall validate\n {2}rollcall run\n$/);
    expect((await loadConfig(join(cwd, 'rollcall.yaml'))).warnings).toEqual([]);
    expect(await rollcall(['validate', '--offline'], { cwd })).toMatchObject({ code: 0, stderr: '' });
    // What is commented out is right, too, once it is let in.
    const text = await readFile(join(cwd, 'rollcall.yaml'), 'utf8');
    const full = text.replaceAll(/^( *)# ((?:[a-z]+): [[{].*)$/gm, '$1$2').replace('http:', 'https:');
    expect(full).not.toBe(text);
    await writeFile(join(cwd, 'full.yaml'), full);
    expect((await loadConfig(join(cwd, 'full.yaml'))).warnings).toEqual([]);
  });

  it.each(starters)('points %s to the page of the vars of its template', async (consumer) => {
    const { stdout } = await rollcall(['init', consumer, '--output', '-'], { cwd: await tempDir() });
    const page = /^ *# Settings of the template\. See (\S+)\.\n *# vars: \{ (\w+):/m.exec(stdout);
    if (page === null) {
      expect(stdout).not.toContain('vars:');
      return;
    }
    const text = await readFile(join(import.meta.dirname, '../../../..', page[1] ?? ''), 'utf8');
    expect(text).toMatch(new RegExp(`^\\| \`${page[2]}\` `, 'm'));
  });

  it('prints it instead, for a pipe', async () => {
    const cwd = await tempDir();
    const { stdout } = await rollcall(['init', 'raw', '--output', '-'], { cwd });
    expect(stdout).toContain('format: raw');
    await expect(readFile(join(cwd, '-'))).rejects.toThrow('ENOENT');
  });

  it('leaves a file alone that is there, unless it is told otherwise', async () => {
    const cwd = await tempDir();
    await writeFile(join(cwd, 'rollcall.yaml'), 'mine');
    const { code, stdout, stderr } = await rollcall(['init'], { cwd });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/rollcall\.yaml: there is a file already\n.*--force/);
    expect(await readFile(join(cwd, 'rollcall.yaml'), 'utf8')).toBe('mine');
    expect((await rollcall(['init', '--force'], { cwd })).code).toBe(0);
    expect(await readFile(join(cwd, 'rollcall.yaml'), 'utf8')).toContain('nginx-upstreams');
  });

  it('says which consumers it knows, and why it cannot write', async () => {
    const cwd = await tempDir();
    expect((await rollcall(['init', 'ngnix'], { cwd })).stderr).toContain('nginx, haproxy, raw');
    const { code, stderr } = await rollcall(['init', '--output', 'no/a.yaml'], { cwd });
    expect(code).toBe(1);
    expect(stderr).toMatch(/no\/a\.yaml: there is no directory for no\/a\.yaml \(ENOENT\)/);
  });
});

describeWith('etcd', 'the config for nginx', () => {
  describeWith('nginx', 'with no other paths than those of this machine', () => {
    it('is checked, written and reloaded', async () => {
      const etcd = await startEtcd();
      const cwd = await tempDir('rollcall-init-');
      await writeFile(join(cwd, 'upstreams.conf'), '');
      const nginx = await startNginx({
        conf: (port) =>
          `include ${cwd}/upstreams.conf;\nserver { listen 127.0.0.1:${port}; location / { return 204; } }`,
      });
      await putKey(etcd, '/services/web/a1', '192.0.2.1:8080');
      expect((await rollcall(['init', 'nginx'], { cwd })).code).toBe(0);
      const file = join(cwd, 'rollcall.yaml');
      const command = nginx.command.join(', ');
      const text = (await readFile(file, 'utf8'))
        .replace('http://127.0.0.1:2379', etcd.endpoint)
        .replace('/var/lib/rollcall', 'state')
        .replace('/etc/nginx/conf.d/', '')
        .replace('[nginx, -t]', `[${command}, -t]`)
        .replace('[nginx, -s', `[${command}, -s`);
      await writeFile(file, text);
      const before = await nginx.workers();
      expect(await rollcall(['validate'], { cwd })).toMatchObject({ code: 0, stderr: '' });
      expect((await rollcall(['run', '--once'], { cwd })).code).toBe(0);
      expect(await readFile(join(cwd, 'upstreams.conf'), 'utf8')).toBe(
        'upstream web {\n    server 192.0.2.1:8080;\n}\n',
      );
      await until(async () => (await nginx.workers()).every((pid) => !before.includes(pid)), { what: 'new workers' });
      await nginx.stop();
      await etcd.stop();
    });
  });
});
