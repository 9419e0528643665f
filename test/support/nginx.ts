import { execFile, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe } from 'vitest';
import { binary } from './binaries.js';
import { until } from './poll.js';
import { freePort } from './ports.js';
import { tempDir } from './temp.js';

export interface NginxOptions {
  /** The content of the http block. Its server must listen on the given port. */
  readonly conf?: string | ((port: number) => string);
  /** The content of the stream block. Needs the stream module: see `describeWithStream`. */
  readonly stream?: string | ((port: number) => string);
  /** Its directory: configuration, pid file, logs, temporary files. Default: a new one. */
  readonly dir?: string;
}

export interface Nginx {
  readonly port: number;
  readonly pid: number;
  readonly dir: string;
  readonly confFile: string;
  readonly pidFile: string;
  /** Arguments for this nginx: `nginx ...args -s reload`. */
  readonly command: readonly [string, ...string[]];
  /** Its log so far. */
  log(): Promise<string>;
  /** Pids of its workers. For a short time after a reload, they include old workers. */
  workers(): Promise<readonly number[]>;
  /** Ends it and its workers; resolves when it is gone. */
  stop(): Promise<void>;
}

/** The result of `nginx -t`. */
export interface NginxVerdict {
  readonly accepted: boolean;
  readonly output: string;
}

/** A real nginx in the foreground, on a free port of the loopback address. Works as root and as any other user. */
export async function startNginx({ conf = '', stream, dir }: NginxOptions): Promise<Nginx> {
  const port = await freePort();
  const home = dir ?? (await tempDir('rollcall-nginx-'));
  const fill = (block: string | ((port: number) => string)): string =>
    typeof block === 'string' ? block : block(port);
  const place = await writeConf(home, fill(conf), stream === undefined ? undefined : fill(stream));
  const [program, ...args] = place.command;
  const child = spawn(program, [...args, '-g', 'daemon off;'], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const gone = new Promise<void>((resolve) =>
    child.once('exit', () => {
      resolve();
    }),
  );
  const { pid } = child;
  if (pid === undefined) throw new Error(`${program} did not start`);
  try {
    await until(
      () => {
        if (child.exitCode !== null) return true;
        return isListening(port);
      },
      { what: 'nginx listening' },
    );
    if (child.exitCode !== null) throw new Error(`nginx ended: ${said}`);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  return {
    port,
    pid,
    dir: home,
    ...place,
    log: () => readFile(place.logFile, 'utf8'),
    async workers() {
      const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'latin1');
      return children.split(' ').filter(Boolean).map(Number);
    },
    async stop() {
      child.kill('SIGTERM');
      await gone;
    },
  };
}

/** Runs `nginx -t` on an http block and a stream block, in a new directory. */
export async function testNginx(conf: string, stream?: string): Promise<NginxVerdict> {
  const { command } = await writeConf(await tempDir('rollcall-nginx-'), conf, stream);
  const [program, ...args] = command;
  try {
    const { stderr } = await promisify(execFile)(program, [...args, '-t']);
    return { accepted: true, output: stderr };
  } catch (error) {
    return { accepted: false, output: String((error as { stderr?: string }).stderr ?? error) };
  }
}

interface Place {
  readonly confFile: string;
  readonly pidFile: string;
  readonly logFile: string;
  readonly command: readonly [string, ...string[]];
}

/** `describe` for a suite that needs nginx's stream module. Without it, the suite is skipped by name; on CI, it fails. */
export function describeWithStream(title: string, body: () => void): void {
  const missing = 'nginx has no stream module: run node scripts/setup.mjs test';
  if (loadStream() !== undefined) describe(title, body);
  else if (process.env.CI) throw new Error(missing);
  else describe.skip(`${title} (${missing})`, body);
}

/** The directive that loads the stream module: '' when it is built in, undefined when there is no such module. */
function loadStream(): string | undefined {
  const program = binary('nginx');
  if (program === undefined) return undefined;
  if (/--with-stream(?: |$)/m.test(spawnSync(program, ['-V'], { encoding: 'utf8' }).stderr)) return '';
  const folders = ['/usr/lib/nginx/modules', '/usr/lib64/nginx/modules'];
  const module = folders.map((folder) => join(folder, 'ngx_stream_module.so')).find((file) => existsSync(file));
  return module && `load_module ${module};`;
}

async function writeConf(dir: string, http: string, stream?: string): Promise<Place> {
  const program = binary('nginx');
  if (program === undefined) throw new Error('nginx is not installed');
  const [confFile, pidFile, logFile] = [join(dir, 'nginx.conf'), join(dir, 'nginx.pid'), join(dir, 'error.log')];
  await mkdir(join(dir, 'tmp'), { recursive: true });
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `  ${kind}_temp_path ${dir}/tmp/${kind};`,
  );
  const lines = [
    // As root, nginx starts workers as a user that may not enter the directory.
    ...(process.getuid?.() === 0 ? ['user root;'] : []),
    ...(stream === undefined ? [] : [loadStream() ?? '']),
    `pid ${pidFile};`,
    `error_log ${logFile} notice;`,
    'worker_processes 1;',
    'events { worker_connections 128; }',
    'http {',
    '  access_log off;',
    ...temporary,
    http,
    '}',
    ...(stream === undefined ? [] : ['stream {', stream, '}']),
  ];
  await writeFile(confFile, lines.join('\n'));
  return { confFile, pidFile, logFile, command: [program, '-e', logFile, '-p', dir, '-c', confFile] };
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const answer = (open: boolean): void => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', () => {
      answer(true);
    });
    socket.once('error', () => {
      answer(false);
    });
  });
}
