import { childEnvironment } from '../process/environment.js';
import { runProcess } from '../process/process.js';
import { showEnd } from '../process/show.js';
import type { CheckDeps, ProbeResult } from './probe.js';

/**
 * Asks by running a command: exit code 0 is healthy. It runs in this process's folder, in a process group of its own that
 * is ended whole at the timeout (SIGTERM, two seconds, SIGKILL), with the environment of a supervised child. What it prints
 * goes to the log at `debug`, and nowhere else.
 *
 * @param timeout milliseconds.
 * @throws the reason of `signal` when that is aborted, after the group has ended.
 */
export async function askCommand(
  argv: readonly string[],
  timeout: number,
  { clock, log, env }: CheckDeps,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const end = await runProcess({ argv, env: childEnvironment(env), cwd: '.', timeout }, clock, signal);
  if (end.kind !== 'not-started' && end.output !== '') log.debug({ output: end.output }, 'the check said');
  return { ok: end.kind === 'exited' && end.code === 0, why: showEnd(end, timeout) };
}
