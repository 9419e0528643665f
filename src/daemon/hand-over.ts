import type { ManagedTarget } from '../controller/managed-target.js';
import type { Log } from '../ports.js';
import type { TargetSet } from './target-set.js';

/**
 * Moves the ownership of outputs between the targets of two configs. If a removed or changed target owns an output that a new or
 * changed target makes now, the latter becomes its owner. So neither a renamed target nor a file that moves to another target leaves
 * an output behind. If no other target makes an output of a removed target, the output stays in place and the log names it.
 *
 * No pass of these targets may run during the call.
 */
export async function handOver(before: TargetSet, after: TargetSet, log: Log): Promise<void> {
  const receivers = [...after].filter(([name, built]) => before.get(name) !== built).map(([, { managed }]) => managed);
  for (const [name, old] of before) {
    const isRemoved = !after.has(name);
    if (!isRemoved && after.get(name) === old) continue;
    const others = receivers.filter((managed) => managed.name !== name);
    const left = await moveOutputs(old.managed, others);
    if (isRemoved && left.length > 0) {
      const fields = { target: name, outputs: left };
      log.warn(fields, 'the target is no longer in the config: its outputs are left as they are');
    }
  }
}

/** @returns the outputs that no other target has taken over */
async function moveOutputs({ journal }: ManagedTarget, others: readonly ManagedTarget[]): Promise<readonly string[]> {
  const { step, owned } = journal.record;
  // The record is needed whole to undo the unfinished change.
  if (step === 'staged' || step === 'swapped') return owned;
  let left = owned;
  for (const { target } of others) {
    if (left.length === 0) break;
    const taken = new Set(await target.adopt(left));
    left = left.filter((output) => !taken.has(output));
  }
  // The old owner gives up its outputs last. The next start corrects an output with two owners; an output without an owner would never
  // be removed.
  if (left.length < owned.length) await journal.advance({ owned: left });
  return left;
}
