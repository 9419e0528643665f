import { createTargetMeasures, type TargetMeasures } from '../model/measures.js';
import type { View } from '../model/view.js';
import type { TargetHistory } from './history.js';
import type { ManagedTarget } from './managed-target.js';
import { noChanges, type ChangeTimes } from './measure-pass.js';
import type { Reporter } from './report.js';
import type { TargetState } from './target-state.js';

/** What the controller knows of one target of the present config. */
export interface Entry {
  readonly managed: ManagedTarget;
  readonly state: TargetState;
  readonly reporter: Reporter;
  /** Ends the running pass of this target only. */
  readonly retired: AbortController;
  /** Aborts when `retired` or the whole controller does. One for all passes, because it takes a tenth of a millisecond to make. */
  ends: AbortSignal | undefined;
  /** Clock time of the oldest event that no pass has taken up yet. */
  since: number | undefined;
  /** The view that the target was last looked at or enqueued for. */
  seenView: View | undefined;
  /** `Outcome.revision` up to which no pass was needed, while one is. */
  upTo: string | undefined;
  /** The next pass observes the outputs, whatever the view. */
  mustObserve: boolean;
  /** The clock time of an operator's request: the next pass forgets failures and refusals first. */
  retryAskedAt: number | undefined;
  /** The clock time of the oldest request to look at the outputs that no pass has taken up yet. The target may be in step. */
  lookAskedAt: number | undefined;
  /** `since` of the running pass. */
  takenUp: number | undefined;
  readonly history: TargetHistory;
  readonly measures: TargetMeasures;
  readonly times: ChangeTimes;
  /** The `times` that the running pass has taken. */
  taken: ChangeTimes | undefined;
}

export interface EntryParts {
  readonly managed: ManagedTarget;
  readonly state: TargetState;
  readonly reporter: Reporter;
  readonly history: TargetHistory;
  readonly since: number | undefined;
  /** The entry that this one replaces. */
  readonly before: Entry | undefined;
}

/** An entry whose first pass observes the outputs, whatever the view. */
export function createEntry({ before, ...parts }: EntryParts): Entry {
  return {
    ...parts,
    retired: new AbortController(),
    ends: undefined,
    seenView: undefined,
    upTo: undefined,
    mustObserve: true,
    retryAskedAt: undefined,
    lookAskedAt: undefined,
    takenUp: undefined,
    measures: parts.managed.measures ?? createTargetMeasures(),
    times: before?.times ?? noChanges(),
    taken: undefined,
  };
}

/** Clock time of the oldest event, or of the oldest change in etcd that was refused or kept away since, that the target is not in step with. */
export function behindSinceOf({ takenUp, since, times, taken }: Entry): number | undefined {
  const unapplied = taken?.unapplied ?? times.unapplied;
  const oldest = Math.min(takenUp ?? since ?? Infinity, unapplied ?? Infinity);
  return oldest < Infinity ? oldest : undefined;
}
