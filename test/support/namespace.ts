import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, describe } from 'vitest';
import { environment } from './command.js';
import { until } from './poll.js';

const flags = [
  ...(process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']),
  ...['--pid', '--fork', '--mount-proc', '--kill-child'],
];

/** The command line that runs a program as process 1 of a PID namespace of its own. */
export function asFirst(argv: readonly string[]): [string, ...string[]] {
  return ['unshare', ...flags, ...argv];
}

/** `describe` for a suite that needs such a namespace: skipped by name where the machine forbids it, a failure on CI. */
export function describeWithNamespace(title: string, body: () => void): void {
  const [program, ...args] = asFirst(['true']);
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  const forbidden = `no PID namespace can be made here: ${stderr}`;
  if (status === 0) describe(title, body);
  else if (process.env.CI) throw new Error(forbidden);
  else describe.skip(`${title} (${forbidden})`, body);
}

/** A process that is the first of its namespace. Pids are those of this machine, not of the namespace. */
export interface First {
  readonly pid: number;
  stdout(): string;
  stderr(): string;
  /** Its children, zombies too: those that it started, and those that lost their parents. */
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

/** The process 1 of the namespace that was made below a process. */
export async function findFirst(pid: number): Promise<number> {
  // proc_pid_status(5): one number for each namespace that it is in, the innermost last.
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

// `--kill-child`: the namespace goes with it.
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
});
