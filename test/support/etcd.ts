import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, readdir, rm } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { atEnd } from './at-end.js';
import { needs } from './binaries.js';
import { until } from './poll.js';
import { freePort } from './ports.js';
import { memoryDir } from './temp.js';

/** PEM files of a server with TLS. With `clientCa`, it demands a client certificate. */
export interface EtcdTls {
  readonly cert: string;
  readonly key: string;
  readonly clientCa?: string;
  /** The certificates, in PEM text, with which this helper checks that the server answers. */
  readonly probe: { readonly ca: string; readonly cert?: string; readonly key?: string };
}

export interface EtcdOptions {
  /** Path of the program. Default: the system's etcd. */
  readonly binary?: string;
  /** Data directory. Default: a new one, in memory if possible, removed after the test file. */
  readonly dir?: string;
  /** Client port. Default: a free one. */
  readonly port?: number;
  readonly peerPort?: number;
  readonly name?: string;
  /** Further arguments, such as `--auth-token-ttl`. */
  readonly args?: readonly string[];
  readonly tls?: EtcdTls;
}

export interface StartOptions {
  /** Empties the data directory first. The cluster's id follows from its arguments, so it stays the same. */
  readonly wipe?: boolean;
  /** Arguments to add from now on. With another `--initial-cluster-token`, a wiped store becomes another cluster. */
  readonly args?: readonly string[];
}

export interface EtcdServer {
  /** `http://127.0.0.1:PORT`, or https. */
  readonly endpoint: string;
  readonly port: number;
  readonly dir: string;
  /** The pid of the current or last process. */
  readonly pid: number;
  /** Stops it with SIGTERM and waits for the end. */
  stop(): Promise<void>;
  /** Ends it with SIGKILL and waits for the end. */
  kill(): Promise<void>;
  /** Sends SIGSTOP: its sockets stay open, but it does not answer. Resolves when every thread has stopped. */
  pause(): Promise<void>;
  resume(): void;
  /** Starts it again after `stop` or `kill`: same directory, same ports. */
  start(options?: StartOptions): Promise<void>;
  /** `kill`, then `start`. */
  restart(options?: StartOptions): Promise<void>;
  /**
   * Makes one call through the JSON gateway, without the client under test: `api('kv/put', {key, value})`, with base64 values.
   * @throws Error with the server's answer when the call fails
   */
  api(path: string, body: object, token?: string): Promise<Record<string, unknown>>;
}

const running = new Set<ChildProcess>();

/** Starts a real etcd on loopback. Resolves when it answers. Ends it after the test file at the latest. */
export async function startEtcd(options: EtcdOptions = {}): Promise<EtcdServer> {
  const server = await prepare(options);
  await server.start();
  return server;
}

/** Starts a cluster of `size` members. Resolves when all members answer. */
export async function startCluster(
  size: number,
  options: Pick<EtcdOptions, 'binary' | 'args'> = {},
): Promise<EtcdServer[]> {
  const peers = await Promise.all(Array.from({ length: size }, freePort));
  const initial = peers.map((port, i) => `m${i}=http://127.0.0.1:${port}`).join(',');
  const members = await Promise.all(
    peers.map((peerPort, i) =>
      prepare({ ...options, name: `m${i}`, peerPort, args: [...(options.args ?? []), '--initial-cluster', initial] }),
    ),
  );
  await Promise.all(members.map((member) => member.start()));
  return members;
}

/** Creates the user root with this password and turns authentication on. */
export async function enableAuth(server: EtcdServer, password: string): Promise<void> {
  await server.api('auth/user/add', { name: 'root', password });
  await server.api('auth/role/add', { name: 'root' });
  await server.api('auth/user/grant', { user: 'root', role: 'root' });
  await server.api('auth/enable', {});
}

/** Creates a user with read and write permission on one prefix. `token` is root's, if authentication is already on. */
export async function addUser(
  server: EtcdServer,
  user: { readonly name: string; readonly password: string; readonly prefix: string },
  token?: string,
): Promise<void> {
  await server.api('auth/user/add', { name: user.name, password: user.password }, token);
  await server.api('auth/role/add', { name: user.name }, token);
  const key = Buffer.from(user.prefix);
  const end = Buffer.from(key);
  end.writeUInt8((end.at(-1) ?? 0) + 1, end.length - 1);
  const perm = { permType: 'READWRITE', key: key.toString('base64'), range_end: end.toString('base64') };
  await server.api('auth/role/grant', { name: user.name, perm }, token);
  await server.api('auth/user/grant', { user: user.name, role: user.name }, token);
}

/** A token for `api`. */
export async function login(server: EtcdServer, name: string, password: string): Promise<string> {
  const { token } = await server.api('auth/authenticate', { name, password });
  return String(token);
}

async function prepare(options: EtcdOptions): Promise<EtcdServer> {
  const program = options.binary ?? needs('etcd');
  const dir = options.dir ?? (await memoryDir('rollcall-etcd-'));
  const port = options.port ?? (await freePort());
  const peerPort = options.peerPort ?? (await freePort());
  const name = options.name ?? 'm0';
  const endpoint = `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`;
  const peer = `http://127.0.0.1:${peerPort}`;
  const args = [
    ...['--name', name, '--data-dir', dir, '--log-level', 'warn'],
    ...['--listen-client-urls', endpoint, '--advertise-client-urls', endpoint],
    ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `${name}=${peer}`],
    ...(options.tls === undefined ? [] : tlsArgs(options.tls)),
    ...(await noFsync(program)),
    ...(options.args ?? []),
  ];
  let child: ChildProcess | undefined;
  let said = '';

  const api: EtcdServer['api'] = async (path, body, token) => {
    const headers = token === undefined ? {} : { authorization: token };
    const { status, text } = await ask(`${endpoint}/v3/${path}`, options.tls, { method: 'POST', headers }, body);
    if (status !== 200) throw new Error(`etcd answers ${status} to ${path}: ${text}`);
    return JSON.parse(text) as Record<string, unknown>;
  };

  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const ended = child;
    if (ended?.exitCode !== null || ended.signalCode !== null) return;
    const exit = once(ended, 'exit');
    ended.kill('SIGCONT');
    ended.kill(signal);
    const patience = setTimeout(() => ended.kill('SIGKILL'), 5000);
    await exit;
    clearTimeout(patience);
  };

  const start: EtcdServer['start'] = async ({ wipe = false, args: more = [] } = {}) => {
    args.push(...more);
    if (wipe) await rm(dir, { recursive: true, force: true });
    said = '';
    const started = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], env: cleanEnvironment() });
    child = started;
    running.add(started);
    started.once('exit', () => running.delete(started));
    started.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4000)));
    await once(started, 'spawn');
    await until(
      async () => {
        if (started.exitCode !== null) return true;
        const { text } = await ask(`${endpoint}/health`, options.tls, { method: 'GET' });
        return text.includes('true');
      },
      { deadline: 30_000, every: 20, what: `the health of etcd at ${endpoint}` },
    );
    if (started.exitCode !== null) throw new Error(`etcd ended with ${started.exitCode}: ${said}`);
  };

  return {
    endpoint,
    port,
    dir,
    get pid() {
      return child?.pid ?? -1;
    },
    start,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    async pause() {
      child?.kill('SIGSTOP');
      await until(() => isStopped(child?.pid ?? -1), { what: 'the stop of etcd' });
    },
    resume: () => void child?.kill('SIGCONT'),
    restart: async (again) => {
      await end('SIGKILL');
      await start(again);
    },
    api,
  };
}

/** proc(5): the state follows the program's name, which is in parentheses. */
async function isStopped(pid: number): Promise<boolean> {
  const threads = await readdir(`/proc/${pid}/task`);
  const stats = await Promise.all(threads.map((id) => readFile(`/proc/${pid}/task/${id}/stat`, 'utf8')));
  return stats.every((stat) => stat.includes(') T '));
}

function tlsArgs(tls: EtcdTls): string[] {
  const own = ['--cert-file', tls.cert, '--key-file', tls.key];
  return tls.clientCa === undefined ? own : [...own, '--client-cert-auth', '--trusted-ca-file', tls.clientCa];
}

/** ETCD_* variables configure etcd, so the tests must not inherit those of a developer's shell. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('ETCD_')));
}

const fsyncArgs = new Map<string, Promise<string[]>>();

/** From 3.5 on, etcd can skip fsync; etcd 3.4 refuses to start with this flag. */
function noFsync(program: string): Promise<string[]> {
  let args = fsyncArgs.get(program);
  if (args === undefined) {
    args = helpOf(program).then((help) => (help.includes('--unsafe-no-fsync') ? ['--unsafe-no-fsync'] : []));
    fsyncArgs.set(program, args);
  }
  return args;
}

async function helpOf(program: string): Promise<string> {
  const child = spawn(program, ['--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await once(child, 'close');
  return text;
}

function ask(
  url: string,
  tls: EtcdTls | undefined,
  options: RequestOptions,
  body?: object,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? httpsRequest : httpRequest;
    const request = send(url, { ...options, ...tls?.probe, agent: false, timeout: 5000 }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('error', reject);
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, text });
      });
    });
    request.on('timeout', () => request.destroy(new Error(`no answer from ${url}`)));
    request.on('error', reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function endAll(): void {
  for (const child of running) child.kill('SIGKILL');
}

process.once('exit', endAll);
atEnd(async () => {
  const ends = [...running].map((child) => once(child, 'exit'));
  endAll();
  await Promise.all(ends);
});
