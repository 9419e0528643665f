import type * as z from 'zod';
import { RollcallError } from '../model/errors.js';
import type { Reload } from '../ports/reload.js';
import { describeResult } from '../probe/probe.js';
import type { Question } from './question.js';
import type { ReloadRuntime } from './runtime.js';
import type { confirmSchema } from './schema.js';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1000;
// A server may never answer a request that arrived during its reload. A later request can still succeed.
const LONGEST_REQUEST_MS = 5000;

export type ConfirmOptions = z.output<typeof confirmSchema>;

/**
 * A confirm: it proves that a reload had its effect. It asks until an attempt passes: at once, then after pauses that double from 100 ms
 * to 1 s, so that the consumer has time to load its outputs. After the timeout it fails with `CONFIRM_FAILED` and the finding of the
 * last attempt.
 */
export async function createConfirm(options: ConfirmOptions, runtime: ReloadRuntime): Promise<Reload> {
  if ('rollout' in options) return (await import('./confirm-rollout.js')).confirmRollout(options, runtime);
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
            `Confirm: no success in ${attempts} attempts within ${timeout} ms; the last: ${describeResult(subject, result, true)}`,
          );
        await clock.sleep(pause, signal);
        signal.throwIfAborted();
      }
    },
  };
}

async function createQuestion(
  options: Exclude<ConfirmOptions, { rollout: unknown }>,
  runtime: ReloadRuntime,
): Promise<Question> {
  if ('command' in options) return (await import('./command-maker.js')).askByCommand(options, runtime);
  return (await import('./http-maker.js')).askByHttp(options, runtime);
}
