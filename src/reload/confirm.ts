import { RollcallError } from '../model/errors.js';
import type { Reload } from '../ports.js';
import type { Probe } from './probe.js';
import type { ReloadRuntime } from './runtime.js';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1000;

/**
 * Asks a probe until it says yes: at once, then after pauses of 100 ms doubling to 1 s, so that a consumer has the time
 * to take its outputs up.
 *
 * @param timeout milliseconds for all attempts together; then it fails with what the last one said.
 */
export function confirmBy(probe: Probe, timeout: number, { clock }: ReloadRuntime): Reload {
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
