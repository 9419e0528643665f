import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { atEnd } from './at-end.js';
import { binary } from './binaries.js';
import { startBind } from './bind.js';
import { dig } from './dig.js';
import { until } from './poll.js';
import { tempDir } from './temp.js';

export interface ServedZone {
  readonly zone: string;
  /** Path of its zone file. */
  readonly file: string;
  readonly port: number;
}

/** A name server that serves one zone file. */
export interface NameServer {
  /** The command that makes it read the file again. Absent: it looks by itself, every second. */
  readonly reload?: readonly string[];
  stop(): Promise<void>;
}

/** How each server is started with a zone. */
export interface NameServerKind {
  readonly title: string;
  /** The program that must be there. */
  readonly program: string;
  /** It does not start without the file. */
  readonly needsFile: boolean;
  /** It serves a zone no longer whose file is gone, so it does not remember its serial. */
  readonly forgets?: boolean;
  start(zone: ServedZone): Promise<NameServer>;
}

const running = new Set<ChildProcess>();

function run(program: string, args: readonly string[]): { said: () => string; stop: () => Promise<void> } {
  const child = spawn(binary(program) ?? program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const gone = once(child, 'exit');
  return {
    said: () => said,
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

async function startCoredns({ zone, port }: ServedZone, plugin: string): Promise<NameServer> {
  const corefile = join(await tempDir('rollcall-coredns-'), 'Corefile');
  await writeFile(corefile, `${zone}:${port} {\n bind 127.0.0.1\n errors\n ${plugin}\n}\n`);
  const { said, stop } = run('coredns', ['-conf', corefile]);
  await until(async () => (await dig({ port, name: zone, type: 'SOA' })).data.length > 0, { what: 'CoreDNS' }).catch(
    (cause: unknown) => {
      throw new Error(said(), { cause });
    },
  );
  return { stop };
}

export const nameServers: readonly NameServerKind[] = [
  {
    title: 'BIND with rndc',
    program: 'named',
    needsFile: false,
    async start({ zone, file, port }) {
      const bind = await startBind({
        port,
        conf: () => `zone "${zone}" { type primary; file "${file}"; max-records-per-type 0; };`,
      });
      return { reload: [...bind.rndc, 'reload', zone], stop: () => bind.stop() };
    },
  },
  {
    title: 'Knot with knotc',
    program: 'knotd',
    needsFile: false,
    async start({ zone, file, port }) {
      const dir = await tempDir('rollcall-knot-');
      const socket = join(dir, 'control');
      const conf = [
        `server:\n  rundir: "${dir}"\n  listen: 127.0.0.1@${port}\n  udp-workers: 1\n  tcp-workers: 1\n  background-workers: 1`,
        `control:\n  listen: "${socket}"`,
        `database:\n  storage: "${dir}"`,
        'log:\n  - target: stderr\n    any: info',
        `zone:\n  - domain: "${zone}"\n    file: "${file}"\n    zonefile-sync: -1\n    zonefile-load: whole\n    journal-content: none\n    semantic-checks: on`,
      ];
      await writeFile(join(dir, 'knot.conf'), `${conf.join('\n')}\n`);
      const { said, stop } = run('knotd', ['-c', join(dir, 'knot.conf')]);
      await until(() => said().includes('server started'), { what: 'Knot' });
      return { reload: [binary('knotc') ?? 'knotc', '-s', socket, '-b', 'zone-reload', zone], stop };
    },
  },
  {
    title: 'CoreDNS with file',
    program: 'coredns',
    needsFile: true,
    start: (served) => startCoredns(served, `file ${served.file} {\n reload 1s\n }`),
  },
  {
    title: 'CoreDNS with auto',
    program: 'coredns',
    needsFile: true,
    forgets: true,
    start: (served) =>
      startCoredns(served, `auto {\n directory ${join(served.file, '..')} ^(.*)\\.zone$ {1}\n reload 1s\n }`),
  },
];
