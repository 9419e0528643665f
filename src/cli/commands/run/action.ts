import { findConfig } from '../../../config/find.js';
import { fieldsOf } from '../../../model/errors.js';
import type { Log } from '../../../ports/runtime.js';
import { runOnce } from '../../../daemon/run-once.js';
import { prepareConfig } from '../../../build/prepare.js';
import { serve } from '../../../daemon/config-reload.js';
import type { Runtime } from '../../../ports/runtime.js';
import { exitCodeOf } from '../../fail.js';
import type { Level } from '../../levels.js';
import { describeTarget } from './once.js';
import { stopOnSignals } from '../../stop.js';
import { withProgress } from '../../terminal/spinner.js';
import { createRuntime } from '../../runtime.js';

export interface RunOptions {
  readonly config?: string;
  readonly once?: true;
  /** For `--once`. */
  readonly allowEmpty?: true;
  /** Milliseconds, for `--once`. */
  readonly timeout: number;
  readonly logLevel: Level;
}

/**
 * Keeps every target in step until SIGTERM or SIGINT. The first signal finishes the running steps; a second one ends the process at once.
 * With `once`: one pass over every target, and one line on standard output for each. The exit code is 1 when a target was refused, kept, failed,
 * or was not reached in time.
 */
export async function run(options: RunOptions): Promise<number> {
  const runtime = await createRuntime(options.logLevel);
  const { log } = runtime;
  const stop = stopOnSignals((signal) => {
    log.info({ signal }, 'stopping: finishing the running steps; a second signal ends at once');
  });
  try {
    const file = await findConfig(options.config, process.env, process.cwd());
    if (options.once) return await makeOnce(file, runtime, options, stop);
    await serve({ file, runtime, onReread: onHangUp(log) }, stop);
    log.info({}, 'stopped');
    return 0;
  } catch (error) {
    // Text for a terminal. Otherwise every line of the log is JSON, including the last one.
    if (process.stderr.isTTY) throw error;
    log.error(fieldsOf(error), 'rollcall cannot run');
    return exitCodeOf(error);
  }
}

async function makeOnce(file: string, runtime: Runtime, options: RunOptions, stop: AbortSignal): Promise<0 | 1> {
  const { timeout, allowEmpty = false } = options;
  const prepared = await prepareConfig(file);
  const running = runOnce(prepared, runtime, { timeout, allowEmpty }, stop);
  const { targets, ok, late } = await withProgress('bringing every target in step', running);
  if (late.length > 0)
    runtime.log.error({ targets: late, timeoutMs: timeout }, 'some targets were not reached in time');
  for (const target of targets) process.stdout.write(`${describeTarget(target)}\n`);
  return ok ? 0 : 1;
}

function onHangUp(log: Log): (reread: () => void) => void {
  return (reread) => {
    process.on('SIGHUP', () => {
      log.info({ signal: 'SIGHUP' }, 'reading the config again');
      reread();
    });
  };
}
