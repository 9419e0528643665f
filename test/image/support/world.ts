import { chmod, chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { baseName, imageName } from '../../../scripts/image/containers.mjs';
import { needs } from '../../support/binaries.js';
import { until } from '../../support/poll.js';
import { tempDir } from '../../support/temp.js';
import { podman, restricted, startContainer, type Container } from './podman.js';

/** The user of the image. */
export const user = 65_532;

/** Directories that containers mount. */
export interface World {
  /** `/etc/rollcall`, read-only. */
  readonly config: string;
  /** `/etc/nginx/rollcall.d`: belongs to the user of the image. */
  readonly outputs: string;
  /** `/var/lib/rollcall`: as an emptyDir of Kubernetes, of root with mode 0777. */
  readonly state: string;
  /** A real etcd on the loopback interface of a network that nothing else uses. */
  readonly etcd: Container;
  /** The flags by which a container has that network and these directories. */
  readonly flags: readonly string[];
  writeConfig(parts: Readonly<Record<string, unknown>>): Promise<void>;
  /** Starts `rollcall run` under all restrictions. @param more flags of `podman run` */
  run(...more: string[]): Promise<Container>;
  /** Starts a shell script as the user of the image, with the outputs. It stands for a consumer. */
  consumer(script: string): Promise<Container>;
  /** Starts `rollcall register`. */
  register(...words: string[]): Promise<Container>;
  /** Waits until the file of the outputs matches. */
  output(name: string, expected: RegExp): Promise<string>;
}

const endpoint = 'http://127.0.0.1:2379';

/** Makes the directories, and starts etcd. */
export async function makeWorld(): Promise<World> {
  const [etcdProgram, etcdctl] = [needs('etcd'), needs('etcdctl')];
  const root = await tempDir('rollcall-image-');
  await chmod(root, 0o755);
  const [config, outputs, state] = [join(root, 'config'), join(root, 'outputs'), join(root, 'state')];
  for (const directory of [config, outputs, state]) await mkdir(directory);
  await chown(outputs, user, user);
  await chmod(state, 0o777);
  const programs = ['--volume', `${etcdProgram}:/usr/bin/etcd:ro`, '--volume', `${etcdctl}:/usr/bin/etcdctl:ro`];
  const listen = ['--data-dir', '/tmp/etcd', '--listen-client-urls', endpoint, '--advertise-client-urls', endpoint];
  const etcd = await startContainer(
    '--network',
    'none',
    '--env',
    'ETCDCTL_API=3',
    ...programs,
    baseName,
    'etcd',
    ...listen,
  );
  await until(async () => (await etcd.exec('etcdctl', 'endpoint', 'health')).code === 0, {
    what: 'the health of etcd',
    deadline: 30_000,
    every: 100,
  });
  const network = ['--network', `container:${etcd.name}`];
  const volumes = [`${config}:/etc/rollcall:ro`, `${outputs}:/etc/nginx/rollcall.d`, `${state}:/var/lib/rollcall`];
  const flags = [...network, ...volumes.flatMap((volume) => ['--volume', volume])];
  return {
    config,
    outputs,
    state,
    etcd,
    flags,
    async writeConfig(parts) {
      const always = {
        etcd: { endpoints: [endpoint] },
        stateDir: '/var/lib/rollcall/state',
        sources: [{ name: 'services', prefix: '/services/' }],
      };
      await writeFile(join(config, 'rollcall.yaml'), JSON.stringify({ ...always, ...parts }));
    },
    run: (...more) => startContainer(...restricted, ...flags, ...more, imageName),
    consumer: (script) => startContainer(...restricted, '--user', String(user), ...flags, baseName, 'sh', '-c', script),
    register: (...words) =>
      startContainer(
        ...restricted,
        ...network,
        imageName,
        'register',
        ...words,
        '--endpoints',
        endpoint,
        '--check',
        'none',
        '--drain',
        '0s',
      ),
    async output(name, expected) {
      const read = (): Promise<string> => readFile(join(outputs, name), 'utf8');
      await until(async () => expected.test(await read()), {
        what: `${name} to match ${String(expected)}`,
        deadline: 20_000,
      });
      return read();
    },
  };
}

/** What a command of the image says under all restrictions, with the directories of the world. */
export function runIn(world: World, ...words: string[]): ReturnType<typeof podman> {
  return podman('run', '--rm', ...restricted, ...world.flags, imageName, ...words);
}
