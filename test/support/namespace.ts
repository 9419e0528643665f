import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe } from 'vitest';
import { atEnd } from './at-end.js';
import { environment } from './command.js';
import { until } from './poll.js';

const flags = [
  ...(process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']),
  ...['--pid', '--fork', '--mount-proc', '--kill-child'],
];

/** The command line that runs a program as process 1 of a new PID namespace. */
export function asFirst(argv: readonly string[]): [string, ...string[]] {
  return ['unshare', ...flags, ...argv];
}

/** `describe` for a suite that needs a PID namespace. If the machine forbids it, the suite is skipped by name; on CI, it fails. */
export function describeWithNamespace(title: string, body: () => void): void {
  const [program, ...args] = asFirst(['true']);
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  const forbidden = `no PID namespace can be made here: ${stderr}`;
  if (status === 0) describe(title, body);
  else if (process.env.CI) throw new Error(forbidden);
  else describe.skip(`${title} (${forbidden})`, body);
}

/** The first process of a namespace. Pids are those of this machine, not those of the namespace. */
export interface First {
  readonly pid: number;
  stdout(): string;
  stderr(): string;
  /** Its children, including zombies: processes that it started, and processes whose parents ended. */
  children(): number[];
  send(signal: NodeJS.Signals): void;
  write(text: string): void;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

const running = new Set<ChildProcess>();

/** Starts a program as process 1. */
export async function startFirst(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<First> {
  const [program, ...args] = asFirst(argv);
  const outer = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], env: environment(env) });
  running.add(outer);
  let [stdout, stderr] = ['', ''];
  outer.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  outer.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  const ended = new Promise<Awaited<First['ended']>>((resolve) =>
    outer.once('close', (code, signal) => {
      running.delete(outer);
      resolve({ code, signal });
    }),
  );
  const pid = await findFirst(outer.pid ?? -1);
  return {
    pid,
    stdout: () => stdout,
    stderr: () => stderr,
    children: () => childrenOf(pid),
    send: (signal) => process.kill(pid, signal),
    write: (text) => void outer.stdin.write(text),
    ended,
  };
}

/** Process 1 of the namespace that a process created. */
export async function findFirst(pid: number): Promise<number> {
  // proc_pid_status(5): one number for each namespace of the process, the innermost last.
  const isFirst = (each: number): boolean => /^NSpid:\t.*\t1$/m.test(readFileSync(`/proc/${each}/status`, 'latin1'));
  const look = (parent: number): number | undefined => {
    const children = childrenOf(parent);
    return children.find(isFirst) ?? children.map(look).find((found) => found !== undefined);
  };
  return until(() => look(pid), { what: 'process 1', deadline: 20_000 });
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ').filter(Boolean).map(Number);
}

// With `--kill-child`, the namespace ends with the process.
atEnd(() => {
  for (const child of running) child.kill('SIGKILL');
});
