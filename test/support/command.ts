import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { atEnd } from './at-end.js';
import { until } from './poll.js';

/** The built command. */
export const main = join(import.meta.dirname, '..', '..', 'dist', 'cli', 'main.js');

export interface CommandOptions {
  /** The script to run. Default: the built command. */
  readonly script?: string;
  /** Its working directory. Default: that of this process. */
  readonly cwd?: string;
  /** Variables to add to a clean environment: no ETCDCTL_*, no ROLLCALL_*, the system's sbin directories in PATH. */
  readonly env?: Readonly<Record<string, string>>;
  /** Its user; only root may choose another. Default: the user of this process. */
  readonly uid?: number;
}

/** How a command ended. */
export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** One line of the log as JSON, the standard fields by name. */
export interface Line extends Readonly<Record<string, unknown>> {
  readonly level: string;
  readonly time: string;
  readonly msg: string;
}

export interface Running {
  readonly pid: number;
  /** Its log so far. @throws Error for a line that is no JSON */
  lines(): Line[];
  /** Waits for a line, from line `from` on, for which `matches` is true. */
  line(matches: (line: Line) => boolean, what: string, from?: number): Promise<Line>;
  stderr(): string;
  stdout(): string;
  /** Sends the signal and does not wait. */
  send(signal: NodeJS.Signals): void;
  /** Sends the signal and waits until the process ends. */
  end(signal?: NodeJS.Signals): Promise<Ended>;
  readonly ended: Promise<Ended>;
}

const running = new Set<ChildProcess>();

/** Runs `rollcall ...args` until it ends. */
export function rollcall(args: readonly string[], options: CommandOptions = {}): Promise<Ended> {
  return start(args, options).ended;
}

/** Starts `rollcall ...args` and does not wait. Ends it after the test file at the latest. */
export function startRollcall(args: readonly string[], options: CommandOptions = {}): Running {
  const { child, stderr, stdout, ended } = start(args, options);
  const lines = (): Line[] =>
    stderr()
      .split('\n')
      .slice(0, -1)
      .map((text) => JSON.parse(text) as Line);
  let over = false;
  void ended.then(() => (over = true));
  return {
    pid: child.pid ?? -1,
    lines,
    async line(matches, what, from = 0) {
      const look = () => lines().slice(from).find(matches);
      const deadline = 20_000;
      await until(() => over || look(), { what, deadline }).catch((error: unknown) => {
        throw new Error(`${String(error)}\nIts log:\n${stderr()}`, { cause: error });
      });
      const line = look();
      if (!line) throw new Error(`it ended before ${what}. Its log:\n${stderr()}`);
      return line;
    },
    stderr,
    stdout,
    send: (signal) => void child.kill(signal),
    async end(signal = 'SIGTERM') {
      child.kill(signal);
      return ended;
    },
    ended,
  };
}

/** A clean environment for the command, so that only the variables of the test have an effect. */
export function environment(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(ETCDCTL_|ROLLCALL_|NODE_|VITEST|NO_COLOR$|FORCE_COLOR$)/.test(name),
  );
  const path = `${process.env.PATH ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`;
  return { ...Object.fromEntries(kept), PATH: path, ...more };
}

function start(args: readonly string[], { script = main, cwd, env, uid }: CommandOptions) {
  const child = spawn(process.execPath, [script, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environment(env),
    ...(cwd !== undefined && { cwd }),
    ...(uid !== undefined && { uid, gid: uid }),
  });
  running.add(child);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  const ended = once(child, 'close').then((end): Ended => {
    running.delete(child);
    const [code, signal] = end as [number | null, NodeJS.Signals | null];
    return { code, signal, stdout, stderr };
  });
  return { child, stderr: () => stderr, stdout: () => stdout, ended };
}

atEnd(async () => {
  const ends = [...running].map((child) => once(child, 'close'));
  for (const child of running) child.kill('SIGKILL');
  await Promise.all(ends);
});
