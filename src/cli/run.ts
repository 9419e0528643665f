import { findConfig } from '../config/find.js';
import { runOnce } from '../wire/once.js';
import { prepareConfig } from '../wire/prepare.js';
import { serve } from '../wire/serve.js';
import type { Level } from './log.js';
import { createSurroundings } from './surroundings.js';

export interface RunOptions {
  readonly config?: string;
  readonly once?: true;
  /** Milliseconds, for `--once`. */
  readonly timeout: number;
  readonly logLevel: Level;
}

/**
 * Keeps every target in step until SIGTERM or SIGINT, which finish the running step; a second one ends at once.
 * With `--once`: one pass over every target; exit code 1 when one of them was refused, failed or not reached in time.
 */
export async function run(options: RunOptions): Promise<number> {
  const surroundings = await createSurroundings(options.logLevel);
  const { log } = surroundings;
  const file = await findConfig(options.config, process.env, process.cwd());
  const stop = stopOnSignals((signal) => {
    log.info({ signal }, 'stopping: running steps are finished, a second signal ends at once');
  });
  if (options.once) {
    const { ok, late } = await runOnce(await prepareConfig(file), surroundings, options.timeout, stop);
    if (late) log.error({ timeoutMs: options.timeout }, 'not every target was made in time');
    return ok ? 0 : 1;
  }
  const onReread = (reread: () => void): void => {
    process.on('SIGHUP', () => {
      log.info({ signal: 'SIGHUP' }, 'reading the config anew');
      reread();
    });
  };
  await serve({ file, surroundings, onReread }, stop);
  log.info({}, 'stopped');
  return 0;
}

function stopOnSignals(onStop: (signal: NodeJS.Signals) => void): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(1);
      onStop(signal);
      stop.abort();
    });
  }
  return stop.signal;
}
