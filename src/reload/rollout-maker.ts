import { createHash } from 'node:crypto';
import { RollcallError, messageOf } from '../model/errors.js';
import { withDeadline } from '../model/deadline.js';
import type { ReloadMaker } from './kind.js';
import type { Workload } from './workload-schema.js';
import { digestAnnotation, findWorkload, resourceOf, showWorkload } from './workload.js';

/**
 * A reload by a rollout. The digest of the outputs goes into an annotation of the pod template: the same digest again, after a restart or
 * a lost answer, rolls nothing.
 *
 * @throws RollcallError `RELOAD_FAILED`, `RELOAD_TIMED_OUT`
 */
export const createReload: ReloadMaker<{ readonly rollout: Workload; readonly timeout: number }> = (
  { rollout, timeout },
  runtime,
) => {
  const describe = `rollout ${showWorkload(rollout)}`;
  return {
    describe,
    async run({ digest, target, revision }, signal) {
      // Without a digest of the outputs, the revision tells one state from the next.
      const mark =
        digest ??
        createHash('sha256')
          .update(JSON.stringify([target, revision]))
          .digest('hex');
      const patch = { spec: { template: { metadata: { annotations: { [digestAnnotation]: mark } } } } };
      try {
        await withDeadline({ timeout, clock: runtime.clock, signals: [signal] }, async (late) => {
          const { kube, at } = await findWorkload(rollout, runtime);
          await kube.patch(resourceOf(rollout), at, patch, { repeatable: true, signal: late });
        });
      } catch (cause) {
        signal.throwIfAborted();
        throw new RollcallError('RELOAD_FAILED', `${describe}: ${messageOf(cause)}`, { cause });
      }
    },
  };
};
