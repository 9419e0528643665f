#!/usr/bin/env node
// Builds dist/: the library as modules with their types, as tsc emits them, and the command as a bundle
// (docs/adr/0007-a-bundled-command.md).
import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { rolldown } from 'rolldown';
import { putHead } from './bundle/head.mjs';
import { lean } from './bundle/lean.mjs';
import { privateBase } from './private-base.mjs';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');

/** Texts of the packages that went into the bundle: their licences must be passed on with it. */
function licencesOf(modules) {
  const inPackage = /^(.*\/node_modules\/((?:@[^/]+\/)?[^/]+))\//;
  const folders = new Map();
  for (const id of modules) {
    const [, folder, name] = inPackage.exec(id) ?? [];
    if (folder !== undefined) folders.set(folder, name);
  }
  return [...folders]
    .map(([folder, name]) => {
      const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      const text = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));
      const words = text === undefined ? '' : `\n${readFileSync(join(folder, text), 'utf8').trim()}\n`;
      return `${name} ${version} (${license})\n${words}`;
    })
    .sort();
}

/** A command is called as its folder is, and what makes the targets of one kind `target-KIND`. */
function nameOfChunk(name, module) {
  const folder = basename(dirname(module));
  if (name === 'action') return folder;
  if (name === 'server') return folder;
  if (name === 'client' && folder === 'kubernetes') return 'kubernetes';
  return name === 'maker' ? `target-${folder}` : '[name]';
}

/**
 * Saves V8's compiled form of the parts after a run of some commands, so that it holds what a start needs. There
 * is no etcd: the commands that need one end with an error.
 */
function compile(folder) {
  const work = mkdtempSync(join(privateBase(), 'rollcall-build-'));
  const files = [{ path: join(work, 'upstreams.conf'), template: 'nginx-upstreams' }];
  const config = {
    etcd: { endpoints: ['http://127.0.0.1:1'] },
    stateDir: join(work, 'state'),
    sources: [{ name: 'services', prefix: '/services/' }],
    targets: [{ name: 'nginx', files, reload: { command: ['true'] } }],
  };
  const instance = { host: '192.0.2.1', port: 8080, weight: 10, tags: { zone: 'a' } };
  const fixture = { keys: { '/services/web/a': JSON.stringify(instance), '/services/web/b': '192.0.2.2:8080' } };
  const dns = { ...config, targets: [{ name: 'dns', skydns: { domain: 'example.com', owner: 'build' } }] };
  writeFileSync(join(work, 'rollcall.yaml'), JSON.stringify(config, undefined, 2));
  writeFileSync(join(work, 'dns.yaml'), JSON.stringify(dns, undefined, 2));
  writeFileSync(join(work, 'fixture.yaml'), JSON.stringify(fixture));
  const runs = [
    { words: ['--help'], status: 0 },
    { words: ['run', '--once', '--timeout', '1s', '-c', 'dns.yaml'], status: 1 },
    { words: ['services', '--timeout', '1s'], status: 1 },
    { words: ['render', 'nginx', '--from', 'fixture.yaml'], status: 0 },
    { words: ['run', '--once', '--timeout', '1s'], status: 1 },
  ];
  const script = join(root, 'scripts', 'bundle', 'compile.cjs');
  for (const { words, status } of runs) {
    const options = { cwd: work, env: { PATH: process.env.PATH }, encoding: 'utf8' };
    const ended = spawnSync(process.execPath, [script, folder, ...words], options);
    if (ended.status !== status)
      throw new Error(`rollcall ${words.join(' ')}: exit code ${ended.status}\n${ended.stderr}`);
  }
  rmSync(work, { recursive: true });
}

// Files of an earlier build must not be packed with this one.
rmSync(dist, { recursive: true, force: true });

const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const types = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: ['ignore', 2, 2],
});
if (types.status !== 0) process.exit(types.status ?? 1);

// grpc loads its proto-loader only to serve channelz and ORCA. A client serves neither.
const external = ['@grpc/proto-loader'];

const bundle = await rolldown({
  input: join(root, 'src', 'cli', 'main.ts'),
  platform: 'node',
  cwd: root,
  external,
  plugins: [lean],
});
const { output } = await bundle.write({
  dir: join(dist, 'cli'),
  // Node loads CommonJS in four fifths of the time that it takes for the same as ES modules.
  format: 'cjs',
  entryFileNames: 'command.js',
  // Flat: templates/ and package.json are as far from each chunk as from each module of src/.
  chunkFileNames: ({ name, facadeModuleId }) => `${nameOfChunk(name, facadeModuleId ?? '')}-[hash].js`,
  sourcemap: true,
  // Names of functions and classes, and lines, stay for stack traces. V8 keeps the sources: comments go, local names are short, and
  // what is not ASCII is escaped, because a source with one such sign in it has two bytes a sign.
  comments: false,
  minify: {
    compress: false,
    mangle: { toplevel: false, keepNames: true },
    codegen: { removeWhitespace: false, asciiOnly: true },
  },
});
await bundle.close();
const licences = licencesOf(output.flatMap((chunk) => chunk.moduleIds ?? []));
copyFileSync(join(root, 'scripts', 'bundle', 'main.cjs'), join(dist, 'cli', 'main.js'));
cpSync(join(root, 'src', 'cli', 'commands', 'init', 'starters'), join(dist, 'cli', 'starters'), { recursive: true });
putHead(join(dist, 'cli', 'main.js'), join(root, 'src', 'cli', 'head.sh'));
writeFileSync(join(dist, 'cli', 'package.json'), '{"type": "commonjs"}\n');
writeFileSync(join(dist, 'cli', 'THIRD-PARTY-LICENCES.txt'), licences.join(`\n${'-'.repeat(72)}\n\n`));
compile(join(dist, 'cli'));
