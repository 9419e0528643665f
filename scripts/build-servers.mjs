#!/usr/bin/env node
// Builds the servers that tests run and no Debian package brings (a current etcd, CoreDNS) from the Go module proxy, each
// pinned by its go.mod and go.sum in test/support/built/. Does nothing for those that are there already.
//   node scripts/build-servers.mjs
// Prints the programs' paths. Uses nothing but Node and Go; as root on Debian it installs golang-go itself.
import { execFileSync } from 'node:child_process';
import {
  accessSync,
  constants,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { findGo } from './setup/go.mjs';

const sources = join(import.meta.dirname, '..', 'test', 'support', 'built');
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'rollcall');

function isThere(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * What is built from a folder: its first requirement is the server, at the version that names the program. The name ends with a hash of the
 * sources, so a program of other sources (another choice of plugins) is another file. test/support/binaries.ts finds it by the same name.
 */
function describe(name) {
  const source = join(sources, name);
  const pinned = readFileSync(join(source, 'go.mod'), 'utf8');
  const version = /^require \S+ v(\S+)/m.exec(pinned)[1];
  const main = readFileSync(join(source, 'main.go'), 'utf8');
  const hash = createHash('sha256').update(pinned).update(main).digest('hex').slice(0, 8);
  return {
    name,
    source,
    version,
    neededGo: /^go (\S+)$/m.exec(pinned)[1],
    program: join(cache, `${name}-${version}-${hash}`),
  };
}

function build({ name, source, version, neededGo, program }) {
  const go = findGo(neededGo);
  console.error(`setup: building ${name} ${version}; this takes some minutes, once`);
  mkdirSync(cache, { recursive: true });
  const dir = mkdtempSync(join(cache, 'build-'));
  try {
    for (const file of ['main.go', 'go.mod', 'go.sum']) copyFileSync(join(source, file), join(dir, file));
    const env = { ...process.env, GOTOOLCHAIN: 'local', CGO_ENABLED: '0' };
    // A Go that was set up elsewhere must not lend its library to this one.
    delete env.GOROOT;
    const args = ['build', '-mod=readonly', '-trimpath', '-o', 'program', '.'];
    execFileSync(go.path, args, { cwd: dir, env, stdio: ['ignore', 2, 2] });
    renameSync(join(dir, 'program'), program);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

for (const server of readdirSync(sources).map(describe)) {
  try {
    if (!isThere(server.program)) build(server);
    console.log(server.program);
  } catch (error) {
    console.error(`setup: no ${server.name}: ${error.stderr || error.message}`);
    // Without $CI its tests are skipped by name; with it nothing may be skipped.
    if (process.env.CI) process.exitCode = 1;
  }
}
