// buildah and podman with images of their own in ~/.cache/rollcall/containers: what the user of this machine has there is not touched.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const directory = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'rollcall', 'containers');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** The image that `npm run image` builds. */
export const imageName = `localhost/rollcall:${version}`;

/** The Node of the base. */
export const nodeVersion = '24.21.0';
const recipe = readFileSync(join(import.meta.dirname, 'base.mjs'));

/** A small Debian with Node 24 and npm, made on this machine. Another Node or another way of making it has another name. */
export const baseName = `localhost/rollcall-base:bookworm-node${nodeVersion}-${createHash('sha256').update(recipe).digest('hex').slice(0, 12)}`;

const storage = [
  '--root',
  join(directory, 'storage'),
  '--runroot',
  join(directory, 'run'),
  '--storage-driver',
  'overlay',
];

/** A hybrid of both versions of cgroups, as crun refuses it. In a mount namespace of its own, podman does not see the second one. */
const hybrid = '/sys/fs/cgroup/unified';
const withoutHybrid = ['unshare', '--mount', 'sh', '-c', `umount ${hybrid}; exec "$@"`, 'sh'];

/** Settings for a machine without systemd, whose user may not raise limits. */
function settings() {
  const [, open = '1024'] = /^Max open files +\S+ +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
  return `[containers]
default_ulimits = ["nofile=${open}:${open}", "nproc=4096:4096"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "crun"
`;
}

function environment() {
  const file = join(directory, 'containers.conf');
  mkdirSync(directory, { recursive: true });
  writeFileSync(file, settings());
  return { ...process.env, CONTAINERS_CONF: file };
}

/** A command line of podman on these images, and its environment. */
export function podmanCommand(args) {
  const command = ['podman', ...storage, ...args];
  const [program, ...rest] = existsSync(hybrid) ? [...withoutHybrid, ...command] : command;
  return { program, args: rest, env: environment() };
}

/** Runs buildah on these images. Its standard error is shown. @returns its standard output @throws when it fails */
export function buildah(args, options = {}) {
  const all = { encoding: 'utf8', stdio: ['ignore', 'pipe', 2], env: environment(), ...options };
  return execFileSync('buildah', [...storage, ...args], all)?.trim() ?? '';
}

export function hasImage(name) {
  return buildah(['images', '--quiet', '--filter', `reference=${name}`]) !== '';
}
