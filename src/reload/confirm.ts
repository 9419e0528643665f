import type * as z from 'zod';
import { RollcallError } from '../model/errors.js';
import type { Reload } from '../ports.js';
import { commandProbe } from './command.js';
import { httpProbe } from './http.js';
import type { ReloadRuntime } from './runtime.js';
import type { confirmSchema } from './schema.js';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1000;

export type ConfirmOptions = z.output<typeof confirmSchema>;

/**
 * Proof that a reload had its effect. Asks until the answer is yes: at once, then after pauses of 100 ms doubling to 1 s,
 * so that a consumer has the time to take its outputs up. When the timeout is over it fails with `CONFIRM_FAILED` and
 * what the last attempt said.
 */
export function createConfirm(options: ConfirmOptions, runtime: ReloadRuntime): Reload {
  const { clock } = runtime;
  const { timeout } = options;
  const probe = 'command' in options ? commandProbe(options, runtime) : httpProbe(options, runtime);
  return {
    describe: probe.describe,
    async run(context, signal) {
      const end = clock.now() + timeout;
      for (let pause = FIRST_PAUSE_MS, attempts = 1; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS), attempts += 1) {
        const left = Math.max(1, end - clock.now());
        const attempt = await probe.attempt(context, Math.min(left, probe.patience ?? left), signal);
        if (attempt.ok) return;
        if (clock.now() + pause >= end)
          throw new RollcallError(
            'CONFIRM_FAILED',
            `Confirm: no success in ${attempts} attempts within ${timeout} ms; the last: ${attempt.reason}`,
          );
        await clock.sleep(pause, signal);
        signal.throwIfAborted();
      }
    },
  };
}
