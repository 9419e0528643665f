import { execFileSync } from 'node:child_process';
import { cp, mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import { starters } from '../../src/cli/commands/init/starters.js';
import { describeWith } from '../support/binaries.js';
import { createAuthority } from '../support/certificates.js';
import { rollcall, type CommandOptions } from '../support/command.js';
import { startEtcd } from '../support/etcd.js';
import { putKey } from '../support/keys.js';
import { memoryDir } from '../support/temp.js';

const root = join(import.meta.dirname, '..', '..');

describeWith('etcd', 'the package as it is published, without a node_modules near it', () => {
  let directory: string;
  let script: string;
  let config: string;

  beforeAll(async () => {
    directory = await memoryDir();
    // The present build is packed: `npm test` has made it, and other tests may be using it now.
    const pack = ['pack', '--ignore-scripts', '--silent', '--pack-destination', directory];
    const name = execFileSync('npm', pack, { cwd: root, encoding: 'utf8' }).trim();
    execFileSync('tar', ['-xzf', join(directory, name), '-C', directory]);
    script = join(directory, 'package', 'dist', 'cli', 'main.js');
    config = join(directory, 'rollcall.yaml');
    const etcd = await startEtcd();
    await putKey(etcd, '/services/web/a', '192.0.2.1:8080');
    await mkdir(join(directory, 'out'));
    const parts = {
      etcd: { endpoints: [etcd.endpoint] },
      stateDir: 'state',
      sources: [{ name: 'services', prefix: '/services/' }],
      targets: [{ name: 'nginx', files: [{ path: `${directory}/out/upstreams.conf`, template: 'nginx-upstreams' }] }],
    };
    await writeFile(config, JSON.stringify(parts));
  });

  const published = (args: readonly string[], options: CommandOptions = {}) =>
    rollcall(args, { ...options, script, cwd: directory });

  it('knows its version', async () => {
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
    expect(await published(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it.each(starters)('brings the config for %s that `init` writes', async (consumer) => {
    const text = await readFile(join(root, 'src/cli/commands/init/starters', `${consumer}.yaml`), 'utf8');
    const printed = await published(['init', consumer, '--output', '-']);
    expect(printed).toEqual({ code: 0, signal: null, stdout: text, stderr: '' });
  });

  it('finds its templates, speaks to etcd and validates', async () => {
    const { code, stderr } = await published(['validate', '-c', config]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('writes the registered instances', async () => {
    const { code, stderr } = await published(['run', '--once', '-c', config]);
    expect(code, stderr).toBe(0);
    expect(await readFile(join(directory, 'out', 'upstreams.conf'), 'utf8')).toContain('server 192.0.2.1:8080');
  });

  it('speaks to etcd over TLS, with a certificate of its own, by a name that is looked up', async () => {
    const authority = createAuthority();
    const server = authority.issue(['localhost', '127.0.0.1']);
    const client = authority.issue(['rollcall']);
    const files = { ca: authority.cert, 'server.cert': server.cert, 'server.key': server.key };
    const own = { 'client.cert': client.cert, 'client.key': client.key };
    for (const [name, text] of Object.entries({ ...files, ...own })) await writeFile(join(directory, name), text);
    const path = (name: string) => join(directory, name);
    const probe = { ca: authority.cert, ...client };
    const tls = { cert: path('server.cert'), key: path('server.key'), clientCa: path('ca'), probe };
    const { port } = await startEtcd({ tls });
    const block = {
      endpoints: [`https://localhost:${port}`],
      tls: { ca: path('ca'), cert: path('client.cert'), key: path('client.key') },
    };
    const secure = { ...(JSON.parse(await readFile(config, 'utf8')) as object), etcd: block };
    await writeFile(path('secure.yaml'), JSON.stringify(secure));
    const { code, stderr, stdout } = await published(['services', '-o', 'json', '-c', path('secure.yaml')]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ sources: [{ source: 'services', keys: 0 }], instances: [] });
  });

  it('starts from the code that V8 compiled at the build', async () => {
    const accepted = await acceptedParts();
    expect([...accepted.keys()]).toEqual(expect.arrayContaining(['command.js', expect.stringMatching(/^run-/)]));
    expect(new Set(accepted.values())).toEqual(new Set([true]));
  });

  it('starts also with another V8, or when V8 refuses the compiled code', async () => {
    const compiled = join(script, '..', 'compiled');
    const aside = join(directory, 'aside');
    await rename(compiled, aside);
    try {
      expect(await published(['validate', '-c', config])).toMatchObject({ code: 0, stderr: '' });
      await cp(aside, compiled, { recursive: true });
      for (const file of await filesBelow(compiled)) await writeFile(file, 'something else');
      expect(await published(['validate', '-c', config])).toMatchObject({ code: 0, stderr: '' });
    } finally {
      await rm(compiled, { recursive: true, force: true });
      await rename(aside, compiled);
    }
  });

  it('contains the licence of every bundled package', async () => {
    const inside = await packagesIn((await readdir(join(script, '..'))).filter((file) => file.endsWith('.js')));
    expect(inside).toContain('@grpc/grpc-js');
    const passedOn = await readFile(join(script, '..', 'THIRD-PARTY-LICENCES.txt'), 'utf8');
    for (const name of inside) expect(passedOn).toMatch(new RegExp(`^${name} \\d`, 'm'));
  });

  // Each of these costs time and memory at every start.
  it.each([
    ['--version', ['--version'], ['commander']],
    ['a wrong word', ['rum'], ['commander']],
    ['--help', ['--help'], ['commander']],
    ['run --help', ['run', '--help'], ['commander']],
  ])('loads no package but those that it needs for %s', async (_title, args, needed) => {
    expect(await packagesLoaded(args)).toEqual(needed);
  });

  it('loads for a run neither the code for terminals nor a second reader of etcd’s messages', async () => {
    const loaded = await packagesLoaded(['run', '--once', '-c', config]);
    expect(loaded).toEqual(expect.arrayContaining(['@grpc/grpc-js', 'handlebars', 'yaml', 'zod']));
    for (const name of ['pino-pretty', 'protobufjs', '@grpc/proto-loader', 'etcd3']) expect(loaded).not.toContain(name);
  });

  /** For each part that a run loads: whether V8 accepted its compiled form. */
  async function acceptedParts(): Promise<Map<string, boolean>> {
    const [watcher, report] = [join(directory, 'watcher.cjs'), join(directory, 'accepted.json')];
    await writeFile(
      watcher,
      `const vm = require('node:vm');
      const accepted = [];
      vm.Script = class extends vm.Script {
        constructor(source, options) {
          super(source, options);
          accepted.push([require('node:path').basename(options.filename), this.cachedDataRejected === false]);
        }
      };
      process.on('exit', () => require('node:fs').writeFileSync(${JSON.stringify(report)}, JSON.stringify(accepted)));`,
    );
    await published(['run', '--once', '-c', config], { env: { NODE_OPTIONS: `--require=${watcher}` } });
    return new Map(JSON.parse(await readFile(report, 'utf8')) as [string, boolean][]);
  }

  async function filesBelow(directory: string): Promise<string[]> {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  }

  /** The packages of the code that the process has loaded, from V8's coverage. */
  async function packagesLoaded(args: readonly string[]): Promise<string[]> {
    const coverage = await memoryDir();
    // With source maps, Node.js itself loads the parts, and their names are then paths.
    await published(args, { env: { NODE_V8_COVERAGE: coverage, NODE_OPTIONS: '--enable-source-maps' } });
    const reports = await Promise.all((await readdir(coverage)).map((file) => readFile(join(coverage, file), 'utf8')));
    const scripts = reports.flatMap((text) => (JSON.parse(text) as { result: { url: string }[] }).result);
    const own = scripts.flatMap(({ url }) => (url.startsWith('file:') ? [fileURLToPath(url)] : []));
    expect(own).toContain(script);
    return packagesIn(own.map((path) => path.slice(script.lastIndexOf('/') + 1)));
  }

  /** The packages in parts of the bundle, from their source maps. */
  async function packagesIn(parts: readonly string[]): Promise<string[]> {
    const names = new Set<string>();
    for (const part of parts) {
      const map = await readFile(join(script, '..', `${part}.map`), 'utf8').catch(() => '{"sources": []}');
      for (const source of (JSON.parse(map) as { sources: string[] }).sources) {
        const name = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(source)?.[1];
        if (name !== undefined) names.add(name);
      }
    }
    return [...names].sort();
  }
});
