import { createCauses } from '../guard/causes.js';
import type { GuardedView } from '../guard/compose.js';
import type { Verdict } from '../guard/guard.js';
import { messageOf } from '../model/errors.js';
import type { View } from '../model/view.js';
import type { JournalReader } from '../ports/journal.js';
import type { ManagedTarget } from './managed-target.js';
import type { Pass } from './pass.js';
import { describeMissing } from './revisions.js';
import { rawOf, type GuardMemory } from './target-guard.js';
import type { TargetState } from './target-state.js';

/** The view of a pass, after the guard. */
export interface GuardedSelection extends GuardedView {
  /** Absent: the guard was not asked. */
  readonly verdict?: Verdict;
  /** Sentences for the log. */
  readonly caveats: readonly string[];
}

/**
 * Asks the guard about the selection. New holds are on disk before the outputs follow. When they cannot be saved, the pass goes on: what has
 * come must not wait for room on a disk. The guard is not asked before every source was listed: what is not known is not missing.
 */
export async function guardSelection(
  managed: Pick<ManagedTarget, 'guard' | 'sources'> & { readonly journal: JournalReader },
  state: GuardedState,
  view: View,
  { snapshot, clock }: Pick<Pass, 'snapshot'> & { readonly clock: Pick<Pass['clock'], 'now' | 'wall'> },
): Promise<GuardedSelection> {
  const { guard, sources, journal } = managed;
  const selection = { view, raw: rawOf(snapshot, sources) };
  if (!guard || describeMissing(snapshot, sources, journal.record.revision) !== undefined)
    return { ...selection, caveats: [] };
  const { memory, policy, selects } = guard;
  const verdict = memory.judge({
    selection,
    accepted: state.accepted ?? (journal.record.content ? guard.lastKnown() : undefined),
    causes: createCauses({ snapshot, sources, selects, listsBefore: state.accepted?.lists }),
    policy,
    moment: { now: clock.now(), wall: clock.wall() },
  });
  const caveats = verdict.mustSave || state.hasUnsavedHolds ? await saveHolds(memory, state) : [];
  return { ...verdict.guarded, verdict, caveats };
}

/** What the guard needs to know of earlier passes. */
type GuardedState = Pick<TargetState, 'accepted' | 'hasUnsavedHolds'>;

async function saveHolds(memory: GuardMemory, state: GuardedState): Promise<readonly string[]> {
  const wasUnsaved = state.hasUnsavedHolds;
  try {
    await memory.save();
    state.hasUnsavedHolds = false;
    return [];
  } catch (error) {
    state.hasUnsavedHolds = true;
    return wasUnsaved ? [] : [`a restart would not know what the guard holds: ${messageOf(error)}`];
  }
}
