import { spawn, type ChildProcess } from 'node:child_process';
import { Resolver } from 'node:dns/promises';
import { join } from 'node:path';
import { atEnd } from './at-end.js';
import { binary } from './binaries.js';
import { until } from './poll.js';
import { freePort } from './ports.js';
import { tempDir } from './temp.js';

const running = new Set<ChildProcess>();

export interface Dnsmasq {
  readonly pidFile: string;
  /** Queries only this server. */
  readonly resolver: Resolver;
  stop(): Promise<void>;
}

/** A real dnsmasq in the foreground. It answers only from one hosts file, which may not exist yet, and asks no other server. */
export async function startDnsmasq(hosts: string): Promise<Dnsmasq> {
  const program = binary('dnsmasq');
  if (program === undefined) throw new Error('dnsmasq is not installed');
  const [dir, port] = [await tempDir('rollcall-dnsmasq-'), await freePort()];
  const pidFile = join(dir, 'pid');
  const args = [
    ...['--keep-in-foreground', '--conf-file=/dev/null', '--no-resolv', '--no-hosts', `--addn-hosts=${hosts}`],
    ...[
      `--port=${port}`,
      '--listen-address=127.0.0.1',
      '--bind-interfaces',
      `--pid-file=${pidFile}`,
      '--log-facility=-',
    ],
    // As root, dnsmasq would switch to a user that may not enter the directory.
    ...(process.getuid?.() === 0 ? ['--user=root'] : []),
  ];
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  running.add(child);
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const gone = new Promise<void>((resolve) =>
    child.once('exit', () => {
      resolve();
    }),
  );
  const resolver = new Resolver({ timeout: 1000, tries: 2 });
  resolver.setServers([`127.0.0.1:${port}`]);
  const isUp = async (): Promise<boolean> =>
    resolver.resolve4('absent.example').then(
      () => true,
      (error: unknown) => ['ENOTFOUND', 'EREFUSED'].includes(String((error as { code?: unknown }).code)),
    );
  await until(async () => child.exitCode !== null || isUp(), { what: 'dnsmasq answering' });
  if (child.exitCode !== null) throw new Error(`dnsmasq ended: ${said}`);
  return {
    pidFile,
    resolver,
    async stop() {
      child.kill('SIGTERM');
      await gone;
    },
  };
}

/** Servers that a failed test did not stop. */
atEnd(() => {
  for (const child of running) child.kill('SIGKILL');
});
