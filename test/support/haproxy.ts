import { execFile, spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { binary } from './binaries.js';
import { until } from './poll.js';
import { freePort } from './ports.js';
import { tempDir } from './temp.js';

export interface HaproxyOptions {
  /** The configuration after `defaults`. Its frontend must listen on the given port. */
  readonly conf: string | ((port: number) => string);
  /** Files and directories that it reads after its own file. */
  readonly more?: readonly string[];
  /** Its directory: configuration, pid file, sockets. Default: a new one. */
  readonly dir?: string;
  /** Default: `haproxy`, the system's. */
  readonly program?: HaproxyProgram;
  /** More lines of `global`. */
  readonly global?: string;
  /** The lines of `defaults`, if they differ from the usual ones. */
  readonly defaults?: string;
}

/** `haproxy-current`: the newest long-term version that a package brings. */
export type HaproxyProgram = 'haproxy' | 'haproxy-current';

export interface Haproxy {
  readonly port: number;
  /** The pid of the master, which stays the same over reloads. */
  readonly pid: number;
  readonly dir: string;
  readonly confFile: string;
  readonly pidFile: string;
  /** Its admin socket. */
  readonly socket: string;
  /** Arguments to check this configuration: `haproxy -c -f main`. */
  readonly check: readonly [string, ...string[]];
  /** Its output so far. */
  log(): string;
  /** Pids of its workers, from the kernel. After a reload, old workers are included while they still serve. */
  workers(): Promise<readonly number[]>;
  /** The newest worker's answer to a command of the runtime API. */
  ask(command: string): Promise<string>;
  /** The weights of the servers of a backend by name, from the newest worker; undefined without the backend. */
  servers(backend: string): Promise<ReadonlyMap<string, number> | undefined>;
  /** Ends it and its workers; resolves when they are gone. */
  stop(): Promise<void>;
}

/** The result of `haproxy -c`. */
export interface HaproxyVerdict {
  readonly accepted: boolean;
  readonly output: string;
}

const defaults = `defaults
  mode http
  timeout connect 2s
  timeout client 5s
  timeout server 5s
`;

/** A real HAProxy in master-worker mode, in the foreground, on a free port of the loopback address. */
export async function startHaproxy(options: HaproxyOptions): Promise<Haproxy> {
  const { conf, more = [], dir } = options;
  const program = programOf(options.program);
  const port = await freePort();
  const home = dir ?? (await tempDir('rollcall-haproxy-'));
  const [confFile, pidFile, socket] = ['haproxy.cfg', 'haproxy.pid', 'haproxy.sock'].map((name) =>
    join(home, name),
  ) as [string, string, string];
  const global = `global\n  stats socket ${socket} mode 600 level admin\n${options.global ?? ''}`;
  await writeFile(confFile, `${global}${options.defaults ?? defaults}${typeof conf === 'string' ? conf : conf(port)}`);
  const files = ['-f', confFile, ...more.flatMap((file) => ['-f', file])];
  const child = spawn(program, ['-W', '-db', '-p', pidFile, ...files], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const gone = new Promise<void>((resolve) =>
    child.once('exit', () => {
      resolve();
    }),
  );
  const { pid } = child;
  if (pid === undefined) throw new Error(`${program} did not start`);
  const ask = (command: string): Promise<string> => askSocket(socket, command);
  try {
    await until(async () => child.exitCode !== null || (await ask('show info')) !== '', { what: 'haproxy answering' });
    if (child.exitCode !== null) throw new Error(`haproxy ended: ${said}`);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  return {
    port,
    pid,
    dir: home,
    confFile,
    pidFile,
    socket,
    check: [program, '-c', '-f', confFile],
    log: () => said,
    async workers() {
      const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'latin1');
      return children.split(' ').filter(Boolean).map(Number);
    },
    ask,
    async servers(backend) {
      const said = await ask(`show servers state ${backend}`);
      if (said.startsWith("Can't find backend")) return undefined;
      const [, columns = '', ...lines] = said.split('\n').filter(Boolean);
      const names = columns.replace(/^# /, '').split(' ');
      const rows = lines.map((line) => line.split(' '));
      const [name, weight] = [names.indexOf('srv_name'), names.indexOf('srv_uweight')];
      return new Map(rows.map((row) => [row[name] ?? '', Number(row[weight])]));
    },
    async stop() {
      child.kill('SIGTERM');
      await gone;
    },
  };
}

/** Runs `haproxy -c` on the configuration after `defaults`, and on more files and directories after it. */
export async function testHaproxy(conf: string, more: readonly string[] = []): Promise<HaproxyVerdict> {
  const file = join(await tempDir('rollcall-haproxy-'), 'haproxy.cfg');
  // HAProxy refuses a configuration without a listener.
  await writeFile(file, `${defaults}frontend somebody\n  bind ${file}.sock\n${conf}`);
  try {
    const { stderr } = await promisify(execFile)(programOf(), [
      '-c',
      '-f',
      file,
      ...more.flatMap((each) => ['-f', each]),
    ]);
    return { accepted: true, output: stderr };
  } catch (error) {
    return { accepted: false, output: String((error as { stderr?: string }).stderr ?? error) };
  }
}

function programOf(name: HaproxyProgram = 'haproxy'): string {
  const program = binary(name);
  if (program === undefined) throw new Error(`${name} is not installed`);
  return program;
}

function askSocket(path: string, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(path, () => socket.write(`${command}\n`));
    socket.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk));
    socket.once('error', reject).once('end', () => {
      resolve(answer);
    });
  });
}
