import type { Hold } from '../guard/hold.js';
import { guardSelection } from '../controller/guard-selection.js';
import type { Snapshot } from '../model/snapshot.js';
import type { View } from '../model/view.js';
import type { Clock } from '../ports/runtime.js';
import type { InspectedTarget } from './read-only-targets.js';

/** The view that a pass of `run` would have now, after the guard. `remark`: what the guard would hold, in one sentence. */
export async function guardView(
  target: InspectedTarget,
  selected: View,
  snapshot: Snapshot,
  clock: Pick<Clock, 'now' | 'wall'>,
): Promise<{ readonly view: View; readonly remark?: string }> {
  const nothing = { accepted: undefined, hasUnsavedHolds: false };
  const { view, verdict } = await guardSelection(target, nothing, selected, { snapshot, clock });
  const holds = verdict?.holds ?? [];
  return holds.length === 0 ? { view } : { view, remark: describeHolds(holds) };
}

/** Names in the sentence at most. */
const maxNamed = 5;

function describeHolds(holds: readonly Hold[]): string {
  const names = holds.slice(0, maxNamed).map((hold) => (hold.kind === 'instance' ? hold.instance.key : hold.pair.key));
  const more = holds.length > maxNamed ? ` and ${holds.length - maxNamed} more` : '';
  return `the guard keeps ${holds.length} in the outputs that etcd does not have: ${names.join(', ')}${more}`;
}
