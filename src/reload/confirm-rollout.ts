import { RollcallError, messageOf } from '../model/errors.js';
import { withDeadline } from '../model/deadline.js';
import { printable } from '../model/printable.js';
import type { Reload } from '../ports/reload.js';
import { judgeRollout, type Progress } from './progress.js';
import type { Workload } from './workload-schema.js';
import type { ReloadRuntime } from './runtime.js';
import { findWorkload, resourceOf, showWorkload } from './workload.js';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2000;

/**
 * A confirm that waits until the rollout of a workload is complete. It looks at once, then after pauses that double from 100 ms to 2 s. A
 * failed look counts as no progress. A rollout that is stuck fails at once, with the words of Kubernetes.
 */
export function confirmRollout(
  { rollout, timeout }: { readonly rollout: Workload; readonly timeout: number },
  runtime: ReloadRuntime,
): Reload {
  const { clock } = runtime;
  const subject = `rollout of ${showWorkload(rollout)}`;
  const fail = (what: string): RollcallError => new RollcallError('CONFIRM_FAILED', `Confirm: the ${subject} ${what}`);

  async function look(timeLeft: number, signal: AbortSignal): Promise<Progress> {
    try {
      return await withDeadline({ timeout: timeLeft, clock, signals: [signal] }, async (late) => {
        const { kube, at } = await findWorkload(rollout, runtime);
        const object = await kube.get(resourceOf(rollout), at, late);
        return object ? judgeRollout(rollout.kind, object) : { kind: 'waiting', reason: 'it does not exist' };
      });
    } catch (error) {
      signal.throwIfAborted();
      return { kind: 'waiting', reason: messageOf(error) };
    }
  }

  return {
    describe: `rollout ${showWorkload(rollout)}`,
    async run(_context, signal) {
      const end = clock.now() + timeout;
      for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
        const progress = await look(Math.max(1, end - clock.now()), signal);
        if (progress.kind === 'complete') return;
        const reason = printable(progress.reason);
        if (progress.kind === 'stuck') throw fail(`is stuck: ${reason}`);
        if (clock.now() + pause >= end) throw fail(`was not complete within ${timeout} ms: ${reason}`);
        await clock.sleep(pause, signal);
        signal.throwIfAborted();
      }
    },
  };
}
