import { createCauses } from '../guard/causes.js';
import type { GuardedView } from '../guard/compose.js';
import type { Guard, Verdict } from '../guard/guard.js';
import type { GuardPolicy } from '../guard/policy.js';
import { messageOf } from '../model/errors.js';
import type { Instance } from '../model/instance.js';
import type { Snapshot } from '../model/snapshot.js';
import type { View } from '../model/view.js';
import type { JournalReader } from '../ports.js';
import type { ManagedTarget } from './managed-target.js';
import type { Pass } from './pass.js';
import { describeMissing } from './revisions.js';
import type { TargetState } from './target-state.js';

/** The guard of one target, as the config is now. */
export interface TargetGuard {
  /** Undefined: the target has no guard. */
  readonly policy: GuardPolicy | undefined;
  readonly memory: GuardMemory;
  /** Whether the `select` of the target, and that of the instance's source, take this instance. */
  readonly selects: (instance: Instance) => boolean;
  /** The selection from the last good snapshot of an earlier process. Undefined: there is none. */
  readonly lastKnown: () => GuardedView | undefined;
}

/** What the guard of a target remembers. It stays the same over edits of the config; its holds are on disk too. */
export interface GuardMemory extends Pick<Guard, 'judge' | 'release'> {
  /** Puts the holds on disk, as they are now. Durable when it resolves. @throws RollcallError `STATE_UNWRITABLE` */
  save(): Promise<void>;
}

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

/** The pairs of the target's raw sources. */
export function rawOf(snapshot: Snapshot, sources: readonly string[]): GuardedView['raw'] {
  return snapshot.sources.filter(({ source, format }) => format === 'raw' && sources.includes(source));
}
