import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { Resolver } from 'node:dns/promises';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { atEnd } from './at-end.js';
import { binary } from './binaries.js';
import { until } from './poll.js';
import { freePort } from './ports.js';
import { tempDir } from './temp.js';

const running = new Set<ChildProcess>();

export interface BindOptions {
  /** The zones for named.conf. */
  readonly conf: (dir: string, port: number) => string;
  /** Default: a free one. */
  readonly port?: number;
  /** More lines for the options of named.conf. */
  readonly options?: string;
}

export interface Bind {
  readonly port: number;
  readonly dir: string;
  readonly pidFile: string;
  /** Arguments for its rndc: `rndc ...args reload ZONE`. */
  readonly rndc: readonly [string, ...string[]];
  /** Queries only this server, over UDP, and over TCP when the answer is too long for UDP. */
  readonly resolver: Resolver;
  /** Its log so far. */
  readonly log: () => Promise<string>;
  /** Kills it without a chance to tidy. */
  kill(): Promise<void>;
  /** Starts it again after `kill`, with the same files and ports. */
  restart(): Promise<void>;
  /** SIGSTOP makes it slower than any timeout, until SIGCONT. */
  signal(name: NodeJS.Signals): void;
  stop(): Promise<void>;
}

/** A real BIND in the foreground, in its own directory, on free ports of the loopback address. */
export async function startBind({ conf, port = 0, options = '' }: BindOptions): Promise<Bind> {
  const [named, rndc] = [binary('named'), binary('rndc')];
  if (named === undefined || rndc === undefined) throw new Error('BIND is not installed');
  const dir = await tempDir('rollcall-bind-');
  const [listen, control] = [port === 0 ? await freePort() : port, await freePort()];
  const [confFile, pidFile, logFile] = [join(dir, 'named.conf'), join(dir, 'named.pid'), join(dir, 'log')];
  const key = `key "test" { algorithm hmac-sha256; secret "${Buffer.from('only on loopback').toString('base64')}"; };`;
  await mkdir(join(dir, 'work'));
  await writeFile(
    join(dir, 'rndc.conf'),
    `${key}\noptions { default-key "test"; default-server 127.0.0.1; default-port ${control}; };\n`,
  );
  const lines = [
    key,
    `controls { inet 127.0.0.1 port ${control} allow { 127.0.0.1; } keys { "test"; }; };`,
    `logging { channel file { file "${logFile}"; severity info; }; category default { file; }; };`,
    'options {',
    `  directory "${join(dir, 'work')}"; pid-file "${pidFile}"; session-keyfile none;`,
    `  listen-on port ${listen} { 127.0.0.1; }; listen-on-v6 { none; };`,
    '  recursion no; dnssec-validation no; notify-delay 0; startup-notify-rate 1000;',
    options,
    '};',
    conf(dir, listen),
  ];
  await writeFile(confFile, lines.join('\n'));
  let said = '';
  const spawnNamed = (): { child: ChildProcess; gone: Promise<void> } => {
    const child = spawn(named, ['-f', '-c', confFile, '-n', '1'], { stdio: ['ignore', 'ignore', 'pipe'] });
    running.add(child);
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const gone = new Promise<void>((resolve) =>
      child.once('exit', () => {
        running.delete(child);
        resolve();
      }),
    );
    return { child, gone };
  };
  let server = spawnNamed();
  const log = (): Promise<string> => readFile(logFile, 'utf8').catch(() => said);
  const command = [rndc, '-c', join(dir, 'rndc.conf')] as const;
  const answers = (): Promise<boolean> =>
    promisify(execFile)(command[0], [...command.slice(1), 'status']).then(
      () => true,
      () => false,
    );
  const ready = async (): Promise<void> => {
    const { child } = server;
    await until(async () => child.exitCode !== null || answers(), { what: 'named answering rndc' });
    if (child.exitCode !== null) throw new Error(`named ended: ${await log()}`);
  };
  await ready();
  const resolver = new Resolver({ timeout: 1000, tries: 2 });
  resolver.setServers([`127.0.0.1:${listen}`]);
  return {
    port: listen,
    dir,
    pidFile,
    rndc: command,
    resolver,
    log,
    async kill() {
      server.child.kill('SIGKILL');
      await server.gone;
    },
    async restart() {
      server = spawnNamed();
      await ready();
    },
    signal(name) {
      server.child.kill(name);
    },
    async stop() {
      server.child.kill('SIGTERM');
      await server.gone;
    },
  };
}

/** Servers that a failed test did not stop. */
atEnd(() => {
  for (const child of running) child.kill('SIGKILL');
});
