import type { ManagedTarget } from '../controller/managed-target.js';
import { compareText } from '../model/order.js';
import type { Log } from '../ports/runtime.js';
import type { TargetSet } from './target-set.js';

/**
 * Moves the ownership of outputs between the targets of two configs. If a target owned an output that a new or changed target makes now,
 * the latter becomes its owner. So neither a renamed target nor a file that moves to another target leaves an output behind. A target
 * that takes over an output gets a pending reload, because its consumer has not read that output from it. If no other target makes an
 * output of a removed target, the output stays in place and the log names it.
 *
 * No pass of a removed or changed target may run during the call, and no pass of an unchanged target that is not in step.
 */
export async function handOver(before: TargetSet, after: TargetSet, log: Log): Promise<void> {
  const made = [...after].filter(([name, built]) => before.get(name) !== built).map(([, { managed }]) => managed);
  // All lists first: names may be swapped, and then one journal is an old one and a new one at once.
  const owned = new Map([...before].map(([name, { managed }]) => [name, ownedBy(managed)]));
  for (const [name, { managed }] of before) {
    const outputs = owned.get(name) ?? [];
    const others = made.filter((target) => target.name !== name);
    const taken = await moveOutputs(managed, outputs, others);
    const left = outputs.filter((output) => !taken.has(output));
    if (after.has(name) || left.length === 0) continue;
    log.warn(
      { target: name, outputs: left },
      'the target is no longer in the config: its outputs are left as they are',
    );
  }
}

/** The undoing of an unfinished change needs all that the journal says, so nothing of it is handed over. */
function ownedBy({ journal: { record } }: ManagedTarget): readonly string[] {
  return record.step === 'staged' || record.step === 'swapped' ? [] : record.owned;
}

/** @returns the outputs that other targets took */
async function moveOutputs(
  { journal }: ManagedTarget,
  outputs: readonly string[],
  others: readonly ManagedTarget[],
): Promise<ReadonlySet<string>> {
  const taken = new Set<string>();
  for (const { target, journal: next } of others) {
    const adopted = await target.adopt(outputs.filter((output) => !taken.has(output)));
    // What the outputs were made from is handed over too: a list must not empty them because their target has another name.
    const content = next.record.content ?? journal.record.content;
    if (adopted.length > 0) await next.advance({ reloadPending: true, content });
    for (const output of adopted) taken.add(output);
  }
  // Only now: two owners of an output are mended at the next start, but an output without an owner is never removed.
  if (taken.size > 0) {
    const left = journal.record.owned.filter((output) => !taken.has(output));
    await journal.advance({ owned: [...left].sort(compareText) });
  }
  return taken;
}
