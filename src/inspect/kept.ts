import { explainEmptied } from '../controller/explain-emptied.js';
import type { Snapshot } from '../model/snapshot.js';
import type { View } from '../model/view.js';
import type { Clock } from '../ports/runtime.js';
import type { InspectedTarget } from './read-only-targets.js';

/** One sentence that says why a start of `run` would keep the present outputs of a target; undefined when it would not. */
export function describeKept(
  { sources, empty, journal }: InspectedTarget,
  view: View,
  snapshot: Snapshot,
  clock: Pick<Clock, 'wall'>,
): string | undefined {
  const { content } = journal.record;
  const { after, selection } = empty;
  const reason = explainEmptied({ view, snapshot, sources, content, selection, seen: new Set() });
  if (reason === undefined || after === 0) return undefined;
  const since = content?.emptySince;
  if (typeof since === 'number' && clock.wall() - since >= after) return undefined;
  return `run keeps the outputs as they are for ${after / 1000} s (guard.holdFor), because the view is empty: ${reason}`;
}
