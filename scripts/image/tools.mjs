// The programs that build and run the image. As root on Debian, what is missing is installed.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Commands, and the Debian packages that bring them. */
const tools = {
  ...{ buildah: 'buildah', podman: 'podman', crun: 'crun', mmdebstrap: 'mmdebstrap' },
  ...{ etcd: 'etcd-server', etcdctl: 'etcd-client' },
};

function found(command) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.some((folder) => folder !== '' && existsSync(join(folder, command)));
}

function missing() {
  return Object.keys(tools).filter((command) => !found(command));
}

function isOffered(name) {
  const { stdout } = spawnSync('apt-cache', ['policy', name], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  return /Candidate: \d/.test(stdout ?? '');
}

/** Why no image can be built here, and whether CI may go on without one, as on another system; undefined when it can. */
export function whyNoImage() {
  if (process.platform !== 'linux') return { reason: 'images are built on Linux', isExcused: true };
  if (process.getuid() !== 0) return { reason: 'only root builds images here', isExcused: false };
  const without = missing();
  if (without.length === 0) return undefined;
  const areOffered = found('apt-get') && without.every((command) => isOffered(tools[command]));
  const packages = without.map((command) => tools[command]).join(' ');
  const how = areOffered ? `: apt-get install ${packages}` : ', and apt has no package for it';
  return { reason: `${without.join(', ')} not installed${how}`, isExcused: false };
}

/** Installs what is missing, if apt has it. */
export function installTools() {
  if (missing().length === 0 || process.getuid?.() !== 0 || !found('apt-get')) return;
  const options = { stdio: ['ignore', 2, 2], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  execFileSync('apt-get', ['update', '-qq'], options);
  const packages = missing()
    .map((command) => tools[command])
    .filter(isOffered);
  if (packages.length === 0) return;
  console.error(`image: installing ${packages.join(', ')}`);
  execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], options);
}
