import type { ManagedTarget } from '../controller/managed-target.js';
import type { Log } from '../ports.js';
import type { TargetSet } from './target-set.js';

/**
 * Hands outputs over between the targets of two configs: what a removed or changed target owns, and what a new or changed target makes
 * now, goes to that one with its ownership. So a renamed target, and a file that moves to another target, leave nothing behind. The
 * outputs of a removed target that no other one makes stay as they are, and the log names them.
 *
 * No pass of these targets may run meanwhile.
 */
export async function handOver(before: TargetSet, after: TargetSet, log: Log): Promise<void> {
  const made = [...after].filter(([name, built]) => before.get(name) !== built).map(([, { managed }]) => managed);
  for (const [name, old] of before) {
    const isRemoved = !after.has(name);
    if (!isRemoved && after.get(name) === old) continue;
    const others = made.filter((managed) => managed.name !== name);
    const left = await moveOutputs(old.managed, others);
    if (isRemoved && left.length > 0) {
      const fields = { target: name, outputs: left };
      log.warn(fields, 'the target is no longer in the config: its outputs are left as they are');
    }
  }
}

/** @returns the outputs that no other target takes */
async function moveOutputs({ journal }: ManagedTarget, others: readonly ManagedTarget[]): Promise<readonly string[]> {
  const { step, owned } = journal.record;
  // The undoing of an unfinished change needs all that the journal says.
  if (step === 'staged' || step === 'swapped') return owned;
  let left = owned;
  for (const { target } of others) {
    if (left.length === 0) break;
    const taken = new Set(await target.adopt(left));
    left = left.filter((output) => !taken.has(output));
  }
  // Only now: an output with two owners is mended at the next start, one without an owner would never be removed.
  if (left.length < owned.length) await journal.advance({ owned: left });
  return left;
}
