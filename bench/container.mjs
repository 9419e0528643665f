#!/usr/bin/env node
// Measures the image of `npm run image` with podman: its size, and how long a start takes. docs/howto/container.md has the figures.
//   node bench/container.mjs [runs]
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { baseName, imageName, podmanCommand } from '../scripts/image/containers.mjs';
import { privateBase } from '../scripts/private-base.mjs';

const runs = Number(process.argv[2] ?? 11);
const endpoint = 'http://127.0.0.1:2379';
const user = 65532;
const restricted = ['--read-only', '--read-only-tmpfs=false', '--cap-drop', 'ALL'];

function podman(words) {
  const { program, args, env } = podmanCommand(words);
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], env }).trim();
}

function report(what, times) {
  const sorted = [...times].sort((a, b) => a - b);
  const [least, median, most] = [sorted[0], sorted[sorted.length >> 1], sorted.at(-1)].map((time) => time.toFixed(0));
  console.log(`${what}: ${median} ms (${least} to ${most}, ${times.length} runs)`);
}

async function measure(what, once) {
  const times = [];
  // The first run also fills the caches of the machine.
  for (let run = 0; run <= runs; run += 1) {
    const from = performance.now();
    await once(run);
    if (run > 0) times.push(performance.now() - from);
  }
  report(what, times);
}

function measureSizes(dir) {
  const megabytes = (bytes) => `${(bytes / 1e6).toFixed(0)} MB`;
  const archive = join(dir, 'image.tar');
  podman(['save', '--format', 'oci-archive', '--output', archive, imageName]);
  const unpacked = Number(podman(['image', 'inspect', '--format', '{{.Size}}', imageName]));
  console.log(`size: ${megabytes(unpacked)}, compressed ${megabytes(statSync(archive).size)}`);
}

async function toFirstFile(dir, etcd, run) {
  const outputs = join(dir, `outputs-${run}`);
  mkdirSync(outputs);
  chownSync(outputs, user, user);
  const volumes = ['--volume', `${dir}:/etc/rollcall:ro`, '--volume', `${outputs}:/out`];
  const name = podman([
    'run',
    '--detach',
    '--timeout',
    '60',
    '--network',
    `container:${etcd}`,
    ...restricted,
    ...volumes,
    imageName,
  ]);
  const end = performance.now() + 20_000;
  while (!existsSync(join(outputs, 'upstreams.conf'))) {
    if (performance.now() > end) throw new Error(podman(['logs', name]));
    await sleep(2);
  }
  return name;
}

async function measureStarts(dir) {
  const program = execFileSync('which', ['etcd'], { encoding: 'utf8' }).trim();
  const config = {
    etcd: { endpoints: [endpoint] },
    sources: [{ name: 'services', prefix: '/services/' }],
    targets: [
      { name: 'nginx', expect: ['web'], files: [{ path: '/out/upstreams.conf', template: 'nginx-upstreams' }] },
    ],
  };
  writeFileSync(join(dir, 'rollcall.yaml'), JSON.stringify(config));
  const listen = ['--data-dir', '/tmp/etcd', '--listen-client-urls', endpoint, '--advertise-client-urls', endpoint];
  const etcd = podman([
    'run',
    '--detach',
    '--timeout',
    '600',
    '--network',
    'none',
    '--volume',
    `${program}:/usr/bin/etcd:ro`,
    baseName,
    'etcd',
    ...listen,
  ]);
  try {
    const once = ['run', '--rm', '--network', 'none', ...restricted];
    await measure('podman alone (sh -c :)', () =>
      podman([...once, '--entrypoint', '/usr/bin/sh', imageName, '-c', ':']),
    );
    await measure('rollcall --version', () => podman([...once, imageName, '--version']));
    const started = [];
    await measure('rollcall run, until its first file', async (run) => started.push(await toFirstFile(dir, etcd, run)));
    for (const name of started) podman(['rm', '--force', '--time', '0', name]);
  } finally {
    podman(['rm', '--force', '--time', '0', etcd]);
  }
}

const dir = mkdtempSync(join(privateBase(), 'rollcall-bench-'));
try {
  chmodSync(dir, 0o755);
  measureSizes(dir);
  await measureStarts(dir);
} finally {
  rmSync(dir, { recursive: true, force: true });
}
