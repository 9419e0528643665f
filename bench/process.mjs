// One measured process, from its start to its end.
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from './time.mjs';

/** @param command program and arguments; its output goes to DIR/log */
export function startProcess([program, ...args], dir, env = {}) {
  const file = join(dir, 'log');
  const log = openSync(file, 'w');
  let over = false;
  const child = spawn(program, args, { cwd: dir, stdio: ['ignore', log, log], env: { ...process.env, ...env } });
  const ended = new Promise((resolve) => child.once('close', resolve)).then(() => (over = true));
  child.once('error', () => (over = true));
  return {
    pid: child.pid,
    ended,
    isOver: () => over,
    /** The end of what the process has printed, for an error message. */
    lastWords: () => readFileSync(file, 'utf8').slice(-400),
    async stop() {
      child.kill('SIGTERM');
      if ((await until(() => over, 5000)) === undefined) child.kill('SIGKILL');
      await ended;
      closeSync(log);
    },
  };
}
