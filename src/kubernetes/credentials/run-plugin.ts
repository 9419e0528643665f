import { spawn } from 'node:child_process';
import { messageOf } from '../../model/errors.js';

/** How a credential program ended. */
export interface PluginEnd {
  /** Null when a signal ended it. */
  readonly code: number | null;
  /** A secret. */
  readonly stdout: string;
  /** The end of its messages. */
  readonly stderr: string;
  readonly timedOut: boolean;
  /** Why it did not start. */
  readonly problem: string | undefined;
}

/** Bytes of each output. Credentials are a few kilobytes. */
const MAX_OUTPUT = 1 << 20;

/** Runs a program with an empty stdin in a process group of its own, and ends the group after `timeout` milliseconds. Never rejects. */
export function runPlugin(
  [program, ...args]: readonly [string, ...string[]],
  env: Readonly<Record<string, string | undefined>>,
  timeout: number,
): Promise<PluginEnd> {
  return new Promise((resolve) => {
    let stdout = '';
    let stderr = '';
    let timedOut = false;
    const child = spawn(program, args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const endGroup = (): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // The whole group has ended already.
      }
    };
    const timer = setTimeout(() => {
      timedOut = true;
      endGroup();
      // A process that has left the group may hold the pipes for longer.
      child.stdout.destroy();
      child.stderr.destroy();
    }, timeout);
    process.once('exit', endGroup);
    const finish = (code: number | null, problem?: string): void => {
      clearTimeout(timer);
      process.off('exit', endGroup);
      resolve({ code, stdout, stderr: stderr.trim(), timedOut, problem });
    };
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      stdout += chunk;
      if (stdout.length > MAX_OUTPUT) endGroup();
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr = (stderr + chunk).slice(-300)));
    child.once('error', (error) => {
      finish(null, messageOf(error));
    });
    child.once('close', (code) => {
      finish(timedOut ? null : code);
    });
  });
}
