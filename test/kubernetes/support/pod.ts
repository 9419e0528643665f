import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, chown, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, describe } from 'vitest';
import { main, type Ended } from '../../support/command.js';
import { publish } from '../../support/mounted.js';
import { startFirst } from '../../support/namespace.js';
import { until } from '../../support/poll.js';
import { tempDir } from '../../support/temp.js';
import type { ControlPlane } from './control-plane.js';

interface SecurityContext {
  readonly runAsUser?: number;
  readonly runAsGroup?: number;
  readonly fsGroup?: number;
  readonly readOnlyRootFilesystem?: boolean;
}

interface ContainerSpec {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean }[];
  readonly securityContext?: SecurityContext;
}

/** The parts of a PodSpec that count here. */
export interface PodSpec {
  readonly serviceAccountName?: string;
  readonly automountServiceAccountToken?: boolean;
  readonly shareProcessNamespace?: boolean;
  readonly hostPID?: boolean;
  readonly securityContext?: SecurityContext;
  readonly volumes?: readonly {
    readonly name: string;
    readonly configMap?: { readonly name: string };
    readonly secret?: { readonly secretName: string };
    readonly hostPath?: { readonly path: string };
  }[];
  readonly initContainers?: readonly ContainerSpec[];
  readonly containers: readonly ContainerSpec[];
}

export interface PodOptions {
  readonly namespace: string;
  /** The entry point of each image. `rollcall` is the built command. */
  readonly images: Readonly<Record<string, readonly string[]>>;
  /** The directory that stands in for the node's file system in hostPath volumes. */
  readonly node?: string;
}

export interface Container {
  stderr(): string;
  /** Sends the signal to its first process. */
  send(signal: NodeJS.Signals): void;
  readonly ended: Promise<Ended>;
}

export interface Pod {
  /** Runs the init containers one after the other. @throws Error for one that fails */
  init(): Promise<void>;
  /** Starts a container. */
  start(name: string): Promise<Container>;
  /** The directory of a volume on this machine. */
  volume(name: string): string;
  /** Sends SIGTERM to all containers, as the kubelet does, and waits for their ends. */
  end(): Promise<readonly Ended[]>;
}

/** The entry point of an image of rollcall. */
export const rollcallImage: readonly string[] = [main];

const accountPath = '/var/run/secrets/kubernetes.io/serviceaccount';
const running = new Set<ChildProcess>();

/** `describe` for a suite that runs pods. Without root, it is skipped by name; on CI, it fails. */
export function describeWithPods(title: string, body: () => void): void {
  const forbidden = 'only root can make the namespaces and the mounts of a pod';
  if (process.getuid?.() === 0) describe(title, body);
  else if (process.env.CI) throw new Error(forbidden);
  else describe.skip(`${title} (${forbidden})`, body);
}

/**
 * Runs the containers of a pod without a container runtime: each is a process with a mount namespace of its own, over this machine's file
 * system. Volumes, users, groups, capabilities, the read-only root, the token of the ServiceAccount and a shared process namespace are
 * those of the spec. The network is this machine's. Needs root.
 */
export async function createPod(plane: ControlPlane, spec: PodSpec, options: PodOptions): Promise<Pod> {
  const home = await tempDir('rollcall-pod-');
  await chmod(home, 0o755);
  const { namespace } = options;
  const volumes = new Map<string, string>();
  for (const volume of spec.volumes ?? []) volumes.set(volume.name, await makeVolume(volume));
  if (spec.automountServiceAccountToken !== false) volumes.set('', await makeAccount());
  // The pause container of the pod.
  const first = spec.shareProcessNamespace === true ? await startFirst(['sleep', 'infinity']) : undefined;
  const started: Container[] = [];

  async function read(kind: string, name: string): Promise<Record<string, string>> {
    const { status, body } = await plane.api('GET', `/api/v1/namespaces/${namespace}/${kind}/${name}`);
    if (status !== 200) throw new Error(`there is no ${name} in ${kind} of ${namespace}`);
    return (body as { data?: Record<string, string> }).data ?? {};
  }

  async function makeVolume({ name, configMap, secret, hostPath }: NonNullable<PodSpec['volumes']>[number]) {
    if (hostPath) {
      const path = join(options.node ?? '', hostPath.path);
      await mkdir(path, { recursive: true, mode: 0o755 });
      return path;
    }
    const dir = join(home, name);
    await mkdir(dir);
    if (configMap) await publish(dir, await read('configmaps', configMap.name));
    if (secret) {
      const texts = Object.entries(await read('secrets', secret.secretName));
      await publish(dir, Object.fromEntries(texts.map(([key, text]) => [key, Buffer.from(text, 'base64').toString()])));
    }
    // As the kubelet makes the root of a volume.
    const { fsGroup } = spec.securityContext ?? {};
    if (fsGroup !== undefined) await chown(dir, 0, fsGroup);
    await chmod(dir, fsGroup === undefined ? 0o777 : 0o2777);
    return dir;
  }

  async function makeAccount(): Promise<string> {
    const dir = join(home, '.account');
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${spec.serviceAccountName ?? 'default'}/token`;
    const { status, body } = await plane.api('POST', path, { spec: { expirationSeconds: 600 } });
    if (status !== 201) throw new Error(`no token of ${spec.serviceAccountName ?? 'default'}: ${JSON.stringify(body)}`);
    const { token } = (body as { status: { token: string } }).status;
    await mkdir(dir);
    await publish(dir, { token, 'ca.crt': plane.authority.cert, namespace });
    return dir;
  }

  async function run(container: ContainerSpec): Promise<Container> {
    const context = { ...spec.securityContext, ...container.securityContext };
    const mounts = (container.volumeMounts ?? []).map(({ name, mountPath, readOnly = false }) => {
      const from = volumes.get(name);
      if (from === undefined) throw new Error(`container ${container.name} mounts ${name}, which is no volume`);
      return { from, at: mountPath, mode: readOnly ? 'ro' : 'rw' };
    });
    const account = volumes.get('');
    if (account !== undefined) mounts.push({ from: account, at: accountPath, mode: 'ro' });
    const entry = container.command ?? options.images[container.image];
    if (!entry) throw new Error(`no image ${container.image}`);
    const env = {
      PATH: `${dirname(process.execPath)}:/usr/sbin:/usr/bin:/sbin:/bin`,
      ...{ KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(plane.port) },
      ...Object.fromEntries((container.env ?? []).map(({ name, value = '' }) => [name, value])),
    };
    const user = context.runAsUser ?? 0;
    const args = [
      ...[String(user), String(context.runAsGroup ?? user), String(context.fsGroup ?? '')],
      ...[context.readOnlyRootFilesystem === true ? 'ro' : 'rw', String(mounts.length)],
      ...mounts.flatMap(({ from, at, mode }) => [from, at, mode]),
      ...[...entry, ...(container.args ?? [])],
    ];
    const base = join(home, `root-${container.name}`);
    await mkdir(base, { recursive: true });
    const own = spec.hostPID === true ? [] : ['--pid', '--fork', '--kill-child'];
    const enter = first ? ['nsenter', '--target', String(first.pid), '--pid', 'unshare'] : ['unshare', ...own];
    const argv = [...enter, '--mount', '--propagation', 'private', 'sh', '-ec', enterContainer, 'sh', base, ...args];
    return launch(argv, env, spec.hostPID === true);
  }

  return {
    async init() {
      for (const each of spec.initContainers ?? []) {
        const { code, stderr } = await (await run(each)).ended;
        if (code !== 0) throw new Error(`init container ${each.name} ended with ${code}:\n${stderr}`);
      }
    },
    async start(name) {
      const container = spec.containers.find((each) => each.name === name);
      if (!container) throw new Error(`no container ${name}`);
      const begun = await run(container);
      started.push(begun);
      return begun;
    },
    volume: (name) => volumes.get(name) ?? '',
    async end() {
      for (const each of started) each.send('SIGTERM');
      const ends = await Promise.all(started.map(({ ended }) => ended));
      first?.send('SIGKILL');
      return ends;
    },
  };
}

/**
 * The mounts of a container, then its program. Arguments: a directory for the root, user, group, fsGroup, ro or rw, the number of mounts,
 * for each the directory, the path in the container and ro or rw; then the command line.
 */
const enterContainer = `
base=$1 user=$2 group=$3 fsgroup=$4 mode=$5 count=$6; shift 6
mount -t tmpfs tmpfs "$base"
mkdir "$base/upper" "$base/work" "$base/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$base/upper,workdir=$base/work" "$base/root"
while [ "$count" -gt 0 ]; do
  # Links on the path, such as /var/run, count from the root of the container.
  chroot "$base/root" mkdir -p "$2"
  at=$base/root$(chroot "$base/root" realpath "$2")
  mount --bind "$1" "$at"
  [ "$3" = rw ] || mount -o remount,bind,ro "$at"
  count=$((count - 1)); shift 3
done
mount -t proc proc "$base/root/proc"
mount --rbind /dev "$base/root/dev"
[ "$mode" = rw ] || mount -o remount,ro "$base/root"
groups=--clear-groups; [ -z "$fsgroup" ] || groups="--groups $fsgroup"
exec chroot "$base/root" setpriv --reuid "$user" --regid "$group" $groups --no-new-privs --inh-caps=-all --bounding-set=-all -- "$@"
`;

/** @param direct whether the program becomes the container itself; otherwise it waits for the container, its child */
async function launch(
  [program = '', ...args]: readonly string[],
  env: NodeJS.ProcessEnv,
  direct: boolean,
): Promise<Container> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env, cwd: '/' });
  running.add(child);
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  const ended = once(child, 'close').then((end): Ended => {
    running.delete(child);
    const [code, signal] = end as [number | null, NodeJS.Signals | null];
    return { code, signal, stdout, stderr };
  });
  const inner = direct
    ? (child.pid ?? -1)
    : await until(() => childOf(child.pid ?? -1) ?? (child.exitCode !== null ? -1 : undefined), {
        what: `the container ${args.join(' ')}`,
      });
  return {
    stderr: () => stderr,
    send(signal) {
      if (inner > 0 && existsSync(`/proc/${inner}`)) process.kill(inner, signal);
    },
    ended,
  };
}

function childOf(pid: number): number | undefined {
  try {
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ').filter(Boolean);
    return child === undefined ? undefined : Number(child);
  } catch {
    return undefined;
  }
}

afterAll(async () => {
  const ends = [...running].map((child) => once(child, 'close'));
  for (const child of running) {
    const inner = childOf(child.pid ?? -1);
    if (inner !== undefined) process.kill(inner, 'SIGKILL');
    child.kill('SIGKILL');
  }
  await Promise.all(ends);
});
