#!/usr/bin/env node
// Builds the Kubernetes control plane that tests run, from the Go module proxy, pinned by go.mod and go.sum in
// test/kubernetes/support/built/. Does nothing when it is there already. It takes five to ten minutes, 3 GB of memory and, while it
// builds, 8 GB of disk.
//   node scripts/build-kube.mjs
// Prints the directory of the programs. Uses nothing but Node and Go; as root on Debian it installs golang-go itself.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { findGo } from './setup/go.mjs';
import { kubeAssets, kubeDirectory, kubeFiles, kubeFlags, kubeGo, kubeSources, kubeVersion } from './setup/kube.mjs';

/** Go makes the directories of its modules read-only. */
function remove(dir) {
  const open = (path) => {
    if (!lstatSync(path).isDirectory()) return;
    chmodSync(path, 0o755);
    for (const name of readdirSync(path)) open(join(path, name));
  };
  if (existsSync(dir)) open(dir);
  rmSync(dir, { recursive: true, force: true });
}

function build(target) {
  const go = findGo(kubeGo);
  console.error(`setup: building the Kubernetes control plane ${kubeVersion}; this takes five to ten minutes, once`);
  const cache = dirname(target);
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, 'build-kube-'));
  try {
    for (const file of kubeFiles) cpSync(join(kubeSources, file), join(work, 'src', file));
    const programs = join(work, 'programs');
    for (const dir of ['programs', 'tmp']) mkdirSync(join(work, dir));
    const env = {
      ...process.env,
      ...{ GOTOOLCHAIN: 'local', CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off' },
      // Less work for the collector of garbage, for half a gigabyte of memory.
      GOGC: '400',
      // The compiled packages are 3 GB that nothing uses again.
      ...{ GOCACHE: join(work, 'cache'), GOTMPDIR: join(work, 'tmp') },
    };
    // A Go that was set up elsewhere must not lend its library to this one.
    delete env.GOROOT;
    // Other work goes on while it builds.
    const args = ['-n', '19', go.path, 'build', ...kubeFlags, '-o', `${programs}/`, './kubetest', './coredns'];
    execFileSync('nice', args, { cwd: join(work, 'src'), env, stdio: ['ignore', 2, 2] });
    for (const name of ['kube-apiserver', 'kube-controller-manager', 'etcd'])
      symlinkSync('kubetest', join(programs, name));
    // Another process may have built it in the meantime.
    if (!existsSync(target)) renameSync(programs, target);
  } finally {
    remove(work);
  }
}

const assets = kubeAssets();
if (assets === kubeDirectory() && !existsSync(assets)) build(assets);
console.log(assets);
