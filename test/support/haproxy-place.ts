import { readFile, writeFile } from 'node:fs/promises';
import { startRollcall, type Running } from './command.js';
import { createPlace, type Place } from './config.js';
import type { EtcdServer } from './etcd.js';
import { startHaproxy, type Haproxy, type HaproxyOptions, type HaproxyProgram } from './haproxy.js';
import { until } from './poll.js';
import { freePort } from './ports.js';
import { deleteKey, putKey } from './keys.js';

export interface HaproxyPlaceOptions {
  readonly program?: HaproxyProgram;
  /** Keys below this prefix are services. */
  readonly prefix: string;
  /** Of the target: replaces or adds keys. */
  readonly target?: object;
  /** Of `haproxyRuntime`. */
  readonly runtime?: object;
  readonly defaults?: string;
  readonly global?: string;
  /** What the file has before the first start. Default: an empty backend `web`. */
  readonly before?: string;
}

/** An etcd, a HAProxy with a frontend for the backend `web`, and the config of a rollcall with `haproxyRuntime` between them. */
export interface HaproxyPlace {
  readonly place: Place;
  /** The present HAProxy. */
  readonly haproxy: Haproxy;
  readonly backends: string;
  /** Where the frontend of `web` listens. */
  readonly port: number;
  put(service: string, id: string, registration: object): Promise<void>;
  remove(service: string, id: string): Promise<void>;
  run(): Running;
  /** Kills HAProxy with all its workers, as `kill -9` does. */
  kill(): Promise<void>;
  /** Starts HAProxy again, on the same port and with the same files. */
  restart(changes?: Pick<HaproxyOptions, 'global'>): Promise<void>;
  /** By name, the servers of a backend that take traffic, as `ADDRESS:PORT WEIGHT`. Those that are only leaving are left out. */
  servers(backend: string): Promise<readonly string[] | undefined>;
  /** The same, from the `server` lines of the file. */
  inFile(backend: string): Promise<readonly string[]>;
  /** Waits until the running HAProxy and the file have exactly these servers. */
  serves(backend: string, servers: readonly string[], rollcall?: Running): Promise<void>;
  stop(): Promise<void>;
}

export async function createHaproxyPlace(etcd: EtcdServer, options: HaproxyPlaceOptions): Promise<HaproxyPlace> {
  const place = await createPlace(etcd, {});
  const backends = place.at('backends.cfg');
  const port = await freePort();
  await writeFile(backends, options.before ?? 'backend web\n');
  const settings: HaproxyOptions = {
    conf: `frontend front\n  bind 127.0.0.1:${port}\n  default_backend web\nbackend other\n  server kept 127.0.0.1:9\n`,
    more: [backends],
    dir: place.dir,
    ...(options.program && { program: options.program }),
    ...(options.defaults !== undefined && { defaults: options.defaults }),
    ...(options.global !== undefined && { global: options.global }),
  };
  let haproxy = await startHaproxy(settings);
  await place.write({
    sources: [{ name: 'services', prefix: options.prefix, format: 'json' }],
    targets: [
      {
        name: 'haproxy',
        guard: 'off',
        expect: ['web'],
        files: [{ path: backends, template: 'haproxy-backends' }],
        check: [...haproxy.check, '-f', '{staged}'],
        reload: { signal: 'USR2', pidFile: haproxy.pidFile, process: 'haproxy', minInterval: '50ms', timeout: '10s' },
        haproxyRuntime: { socket: haproxy.socket, ...options.runtime },
        ...options.target,
      },
    ],
  });

  async function servers(backend: string): Promise<readonly string[] | undefined> {
    const said = await haproxy.ask(`show servers state ${backend}`);
    if (said.startsWith("Can't find backend")) return undefined;
    const [, columns = '', ...lines] = said.split('\n').filter(Boolean);
    const names = columns.replace(/^# /, '').split(' ');
    const rows = lines.map((line) => new Map(line.split(' ').map((word, at) => [names[at], word])));
    return rows
      .filter((row) => (Number(row.get('srv_admin_state')) & 1) === 0)
      .map((row) => `${row.get('srv_addr')}:${row.get('srv_port')} ${row.get('srv_uweight')}`)
      .sort();
  }

  async function inFile(backend: string): Promise<readonly string[]> {
    const text = await readFile(backends, 'utf8');
    const section = text.split(/^(?=backend )/m).find((one) => one.startsWith(`backend ${backend}\n`)) ?? '';
    return [...section.matchAll(/^ +server \S+ \[?([^\]\s]+?)\]?:(\d+) weight (\d+)/gm)]
      .map(([, host, at, weight]) => `${host}:${at} ${weight}`)
      .sort();
  }

  return {
    place,
    backends,
    port,
    get haproxy() {
      return haproxy;
    },
    put: (service, id, registration) => putKey(etcd, `${options.prefix}${service}/${id}`, registration),
    remove: (service, id) => deleteKey(etcd, `${options.prefix}${service}/${id}`),
    run: () => startRollcall(['run', '-c', place.file]),
    async kill() {
      const pids = [haproxy.pid, ...(await haproxy.workers())];
      for (const pid of pids) process.kill(pid, 'SIGKILL');
      await until(() => pids.every((pid) => !isAlive(pid)), { what: 'HAProxy gone' });
    },
    async restart(changes = {}) {
      haproxy = await startHaproxy({ ...settings, ...changes });
    },
    servers,
    inFile,
    async serves(backend, wanted, rollcall) {
      const expected = JSON.stringify([...wanted].sort());
      const look = async (): Promise<boolean> => {
        const [running, written] = [JSON.stringify(await servers(backend)), JSON.stringify(await inFile(backend))];
        if (running === expected && written === expected) return true;
        throw new Error(`HAProxy has ${running}, the file has ${written}, expected: ${expected}`);
      };
      await until(look, { what: `${backend} being served`, deadline: 20_000 }).catch((error: unknown) => {
        throw new Error(`${String(error)}\n${rollcall?.stderr() ?? ''}`, { cause: error });
      });
    },
    stop: () => haproxy.stop(),
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
