import { spawn, type ChildProcess } from 'node:child_process';
import { orAbort, withDeadline } from '../model/deadline.js';
import type { Clock } from '../ports/runtime.js';
import { createCapture } from './capture.js';
import { endAfterKill, prepareToEndAfterKill } from './end-after-kill.js';
import { explainStart } from './explain.js';
import { endGroup, endWithProcess } from './group.js';

// Milliseconds to read the remaining output after the group has ended. A process that has left the group may hold the pipes for longer.
const DRAIN_MS = 500;

export interface ProcessRequest {
  /** Program and arguments; no shell. A program without a slash is looked up in `env.PATH`. */
  readonly argv: readonly string[];
  /** The whole environment of the program. */
  readonly env: Readonly<Record<string, string>>;
  /** Its working directory. */
  readonly cwd: string;
  /** Milliseconds until its process group is ended. */
  readonly timeout: number;
  /** True: when this process is killed, the program runs on to its end. Default: its process group is ended soon afterwards. */
  readonly survives?: boolean | undefined;
}

/** How a program ended. `output` is stdout and stderr in the order of arrival, as `createCapture` keeps them. */
export type ProcessEnd =
  | { readonly kind: 'exited'; readonly code: number; readonly output: string }
  | { readonly kind: 'killed'; readonly by: string; readonly output: string }
  /** `code` is a number if the program itself exited, but another process of its group still held its output. */
  | { readonly kind: 'timed-out'; readonly code: number | null; readonly output: string }
  | { readonly kind: 'not-started'; readonly reason: string };

/**
 * Runs a program in a process group of its own, with an empty stdin. The program has ended when it has exited and no process holds its
 * output any more. Processes that it leaves behind with another output are daemons and live on. A timeout or an aborted signal ends the
 * whole group: SIGTERM, and SIGKILL two seconds later. If this process exits first, the group gets SIGTERM. If this process is killed, the
 * group is ended too (`endAfterKill`), unless the program `survives`.
 *
 * @throws the signal's reason when it aborts, after the group has ended; nothing else.
 */
export async function runProcess(request: ProcessRequest, clock: Clock, signal: AbortSignal): Promise<ProcessEnd> {
  signal.throwIfAborted();
  const output = createCapture();
  if (request.survives !== true) prepareToEndAfterKill();
  const started = await start(request);
  if ('reason' in started) return { kind: 'not-started', reason: started.reason };
  const { child, pid } = started;
  const unties = [endWithProcess(pid), ...(request.survives === true ? [] : [endAfterKill(pid)])];
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      output.add(chunk);
    });

  let exit: number | null = null;
  child.once('exit', (code) => (exit = code));
  const closed = new Promise<{ code: number | null; by: string | null }>((resolve) => {
    child.once('close', (code, by) => {
      resolve({ code, by });
    });
  });
  try {
    const end = await withDeadline({ timeout: request.timeout, clock, signals: [signal] }, (limit) =>
      orAbort(closed, limit),
    ).catch(() => undefined);
    if (end === undefined) {
      await endGroup(pid, clock);
      await withDeadline({ timeout: DRAIN_MS, clock }, (limit) => orAbort(closed, limit)).catch(() => undefined);
      signal.throwIfAborted();
      return { kind: 'timed-out', code: exit, output: output.text() };
    }
    if (end.code === null) return { kind: 'killed', by: end.by ?? 'a signal', output: output.text() };
    return { kind: 'exited', code: end.code, output: output.text() };
  } finally {
    for (const untie of unties) untie();
    child.stdout?.destroy();
    child.stderr?.destroy();
  }
}

async function start(request: ProcessRequest): Promise<{ child: ChildProcess; pid: number } | { reason: string }> {
  const [program = '', ...args] = request.argv;
  try {
    const child = spawn(program, args, {
      cwd: request.cwd,
      env: request.env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    // Only a failed `child.kill` could emit a later 'error', and it is never called.
    child.on('error', () => undefined);
    return { child, pid: child.pid ?? NaN };
  } catch (error) {
    return { reason: (await explainStart(error as NodeJS.ErrnoException, program, request)).reason };
  }
}
