import { readdirSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildah, imageName } from '../../scripts/image/containers.mjs';
import { ask, describeWithImage, restricted, runImage } from './support/podman.js';

const root = join(import.meta.dirname, '..', '..');

describeWithImage('the image', () => {
  let container: string;
  let files: string[];
  let mounted: string;

  beforeAll(() => {
    container = buildah(['from', '--pull-never', imageName]);
    mounted = buildah(['mount', container]);
    const entries = readdirSync(mounted, { recursive: true, withFileTypes: true });
    files = entries
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name).slice(mounted.length));
  });
  afterAll(() => {
    buildah(['rm', container]);
  });

  it('holds Node, a shell, their libraries, the command, and no other program', () => {
    const command = files.filter((file) => file.startsWith('/usr/lib/rollcall/'));
    const libraries = files.filter((file) => /^\/usr\/lib\d*\/[^/]*(\/[^/]*)?\.so\.\d+$/.test(file));
    const licences = files.filter((file) => /^\/usr\/share\/doc\/[^/]+\/(copyright|LICENSE)$/.test(file));
    const others = files.filter((file) => ![command, libraries, licences].some((known) => known.includes(file)));
    expect(others.filter((file) => !/^\/(bin|lib|lib64)$/.test(file)).sort()).toEqual([
      ...['/etc/nsswitch.conf', '/usr/bin/node', '/usr/bin/rollcall', '/usr/bin/sh'],
    ]);
    expect(libraries.map((file) => file.replace(/.*\//, ''))).toEqual(
      expect.arrayContaining(['libc.so.6', 'libstdc++.so.6']),
    );
    expect(licences).toEqual(expect.arrayContaining(['/usr/share/doc/libc6/copyright', '/usr/share/doc/node/LICENSE']));
  });

  it('holds of the package only what the command reads', () => {
    const home = '/usr/lib/rollcall/';
    const inside = files.filter((file) => file.startsWith(home)).map((file) => file.slice(home.length));
    expect(new Set(inside.map((file) => file.replace(/^(dist\/cli|templates)\/.*/, '$1')))).toEqual(
      new Set(['LICENSE', 'dist/cli', 'package.json', 'templates']),
    );
    expect(inside.filter((file) => /\.map$|\.d\.ts$|\.test\.|node_modules/.test(file))).toEqual([]);
    expect(inside).toContain('dist/cli/THIRD-PARTY-LICENCES.txt');
    expect(inside.filter((file) => file.startsWith('dist/cli/compiled/'))).not.toEqual([]);
  });

  it('has no file that its user or others may change, and none with the rights of its owner', () => {
    const modes = files.filter((file) => !/^\/(bin|lib|lib64)$/.test(file) && file !== '/usr/bin/rollcall');
    const wrong = modes.filter((file) => {
      const { mode, uid } = statSync(join(mounted, file));
      return uid !== 0 || (mode & 0o6022) !== 0;
    });
    expect(wrong).toEqual([]);
  });

  it('runs as a user of its own, and says what it is', async () => {
    const { version, description, license } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Record<
      string,
      string
    >;
    const [inspected] = JSON.parse(await ask('image', 'inspect', imageName)) as { Config: Record<string, unknown> }[];
    expect(inspected?.Config).toMatchObject({
      User: '65532:65532',
      Entrypoint: ['/usr/bin/rollcall'],
      Cmd: ['run'],
      StopSignal: 'SIGTERM',
      Volumes: { '/var/lib/rollcall': {} },
      Labels: {
        'org.opencontainers.image.title': 'rollcall',
        'org.opencontainers.image.description': description,
        'org.opencontainers.image.licenses': license,
        'org.opencontainers.image.version': version,
      },
    });
    expect(await runImage(restricted, '--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('runs Node 24', async () => {
    const { stdout } = await runImage([...restricted, '--entrypoint', '/usr/bin/node'], '--version');
    expect(stdout).toMatch(/^v24\./);
  });

  it('keeps its state in a volume of its own without any flag', async () => {
    const script = `const { mode, uid } = fs.statSync('/var/lib/rollcall'); console.log((mode & 0o777).toString(8), uid)`;
    const { stdout } = await runImage([...restricted, '--entrypoint', '/usr/bin/node'], '-e', script);
    expect(stdout).toBe('700 65532\n');
  });
});
