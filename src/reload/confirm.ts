import type * as z from 'zod';
import { RollcallError } from '../model/errors.js';
import type { Reload } from '../ports.js';
import { tell } from '../probe/probe.js';
import type { Question } from './question.js';
import type { ReloadRuntime } from './runtime.js';
import type { confirmSchema } from './schema.js';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1000;
// A request that met a server in the middle of its reload may never be answered; the next one may.
const LONGEST_REQUEST_MS = 5000;

export type ConfirmOptions = z.output<typeof confirmSchema>;

/**
 * Proof that a reload had its effect. Asks until the answer is yes: at once, then after pauses of 100 ms doubling to 1 s,
 * so that a consumer has the time to take its outputs up. When the timeout is over it fails with `CONFIRM_FAILED` and
 * what the last attempt said.
 */
export async function createConfirm(options: ConfirmOptions, runtime: ReloadRuntime): Promise<Reload> {
  const { clock } = runtime;
  const { timeout } = options;
  const longest = 'command' in options ? timeout : LONGEST_REQUEST_MS;
  const { describe, subject, probe } = await createQuestion(options, runtime);
  return {
    describe,
    async run(context, signal) {
      const end = clock.now() + timeout;
      for (let pause = FIRST_PAUSE_MS, attempts = 1; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS), attempts += 1) {
        const left = Math.max(1, end - clock.now());
        const result = await probe(context).attempt(Math.min(left, longest), signal);
        if (result.kind === 'passed') return;
        if (clock.now() + pause >= end)
          throw new RollcallError(
            'CONFIRM_FAILED',
            `Confirm: no success in ${attempts} attempts within ${timeout} ms; the last: ${tell(subject, result, true)}`,
          );
        await clock.sleep(pause, signal);
        signal.throwIfAborted();
      }
    },
  };
}

async function createQuestion(options: ConfirmOptions, runtime: ReloadRuntime): Promise<Question> {
  if ('command' in options) return (await import('./command-maker.js')).askByCommand(options, runtime);
  return (await import('./http-maker.js')).askByHttp(options, runtime);
}
