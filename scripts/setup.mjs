#!/usr/bin/env node
// Makes a fresh clone ready: npm packages, the servers that the command needs, the build.
//   node scripts/setup.mjs quickstart|test|kubernetes|image
// Uses nothing but Node, because it runs before anything is installed.
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const root = join(import.meta.dirname, '..');
const purpose = process.argv[2] ?? 'test';

/** Commands, or files by their whole path, and the Debian packages that bring them. */
const servers = {
  etcd: 'etcd-server',
  nginx: 'nginx',
  ...(purpose === 'test' && {
    '/usr/lib/nginx/modules/ngx_stream_module.so': 'libnginx-mod-stream',
    haproxy: 'haproxy',
    etcdctl: 'etcd-client',
    named: 'bind9',
    dig: 'bind9-dnsutils',
    knotd: 'knot',
    caddy: 'caddy',
    'named-checkzone': 'bind9-utils',
    dnsmasq: 'dnsmasq-base',
    prometheus: 'prometheus',
    'systemd-tmpfiles': 'systemd',
    patch: 'patch',
    busybox: 'busybox',
    ksh: 'ksh93u+m',
    mksh: 'mksh',
    zsh: 'zsh',
  }),
};

function say(text) {
  console.error(`setup: ${text}`);
}

function fail(text) {
  say(text);
  process.exit(1);
}

function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], ...options });
  if (error) fail(`${command} could not be started: ${error.message}`);
  if (status !== 0) fail(`\`${command} ${args.join(' ')}\` ended with ${status}; its own words are above`);
}

function found(command) {
  if (command.startsWith('/')) return existsSync(command);
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin', '/usr/local/sbin'];
  return folders.some((folder) => folder !== '' && existsSync(join(folder, command)));
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19))
    fail(`Node 20.19 or newer is needed, this is ${process.versions.node}`);
}

function installPackages() {
  const stamp = join(root, 'node_modules', '.package-lock.json');
  const lock = join(root, 'package-lock.json');
  if (existsSync(stamp) && statSync(stamp).mtimeMs >= statSync(lock).mtimeMs) return;
  say('installing npm packages');
  run('npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']);
}

/** Debian starts a service when it installs one; a policy file of ours, for the time of the installation, forbids it. */
function aptInstall(packages) {
  const policy = '/usr/sbin/policy-rc.d';
  const ours = !existsSync(policy);
  if (ours) {
    writeFileSync(policy, '#!/bin/sh\nexit 101\n');
    chmodSync(policy, 0o755);
  }
  try {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    execFileSync('apt-get', ['update', '-qq'], { stdio: ['ignore', 2, 2], env });
    execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], {
      stdio: ['ignore', 2, 2],
      env,
    });
  } finally {
    if (ours) rmSync(policy, { force: true });
  }
}

function installServers() {
  const missing = Object.keys(servers).filter((command) => !found(command));
  if (missing.length === 0) return;
  const packages = missing.map((command) => servers[command]);
  const byHand = `sudo apt-get install ${packages.join(' ')}`;
  const mayInstall = process.getuid?.() === 0 && found('apt-get');
  if (mayInstall) {
    say(`installing ${packages.join(', ')} (their services are not started)`);
    try {
      aptInstall(packages);
    } catch (error) {
      say(`apt-get failed: ${error.message}`);
    }
  }
  const still = missing.filter((command) => !found(command));
  if (still.length === 0) return;
  if (purpose === 'test' && !process.env.CI)
    say(`not installed: ${still.join(', ')}. Their tests are skipped by name. To run them: ${byHand}`);
  else fail(`not installed: ${still.join(', ')}. Install them, then run this again: ${byHand}`);
}

checkNode();
installPackages();
installServers();
say('building');
run('npm', ['run', '--silent', 'build']);
if (purpose === 'test') {
  run(process.execPath, ['scripts/build-servers.mjs']);
  run(process.execPath, ['scripts/fetch-servers.mjs']);
}
if (purpose === 'kubernetes') run(process.execPath, ['scripts/build-kube.mjs']);
if (purpose === 'image') run(process.execPath, ['scripts/image.mjs']);
