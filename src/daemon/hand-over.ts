import type { ManagedTarget } from '../controller/managed-target.js';
import { compareText } from '../model/order.js';
import type { Log } from '../ports.js';
import type { TargetSet } from './target-set.js';

/**
 * Hands outputs over between the targets of two configs: what a target owned, and what a new or changed target makes now, goes to that
 * one with its ownership. So a renamed target, and a file that moves to another target, leave nothing behind. The consumer of a target
 * that takes outputs over has a pending reload: it has not seen them as its own. The outputs of a removed target that no other one makes
 * stay as they are, and the log names them.
 *
 * No pass of a removed or changed target may run meanwhile, and no pass of an unchanged one that is not in step.
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
    if (adopted.length > 0) await next.advance({ reloadPending: true });
    for (const output of adopted) taken.add(output);
  }
  // Only now: two owners of an output are mended at the next start, but an output without an owner is never removed.
  if (taken.size > 0) {
    const left = journal.record.owned.filter((output) => !taken.has(output));
    await journal.advance({ owned: [...left].sort(compareText) });
  }
  return taken;
}
