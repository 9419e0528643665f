import type { Snapshot } from '../model/snapshot.js';
import type { View } from '../model/view.js';
import type { ManagedTarget, Outcome } from './managed-target.js';
import type { Pass } from './pass.js';
import { revisionsOf } from './revisions.js';
import type { Rest, TargetState } from './target-state.js';

/** Results after which the outputs are in step and the consumer has them. */
const atRest: ReadonlySet<Outcome['result']> = new Set<Outcome['result']>(['in-step', 'changed', 'reloaded']);

/**
 * Undefined when the next resync has more to do than to look at the outputs: something is held, withheld, failed or pending, an election
 * decides about the target, or the running consumer is looked at, too.
 *
 * @param view the selection of the pass
 */
export function restAfter(
  { leader, live, journal, reload }: ManagedTarget,
  state: TargetState,
  view: View,
  outcome: Outcome,
  { snapshot: { lists } }: Pass,
): Rest | undefined {
  const { inStep, failure, withheld, search, unwritten, hasUnsavedHolds } = state;
  const { result, error, againInMs, caveats, quarantined, guard } = outcome;
  if (leader || live || inStep?.view !== view) return undefined;
  if (!atRest.has(result) || error || againInMs !== undefined) return undefined;
  if (caveats.length > 0 || quarantined.length > 0 || (guard && guard.holds.length > 0)) return undefined;
  if (failure || withheld || search || unwritten || hasUnsavedHolds) return undefined;
  if (reload && journal.record.reloadPending) return undefined;
  const changed = { created: 0, updated: 0, deleted: 0, bytes: 0 };
  return {
    view,
    lists,
    desired: inStep.desired,
    outcome: {
      ...{ result: 'in-step', changed, caveats: [], quarantined: [] },
      ...(guard && { guard: { holds: guard.holds, began: [], ended: [] } }),
    },
  };
}

/**
 * Looks at the outputs of a target at rest. Never rejects.
 *
 * @returns undefined when a whole pass is needed, because the target is not at rest, or an output differs or cannot be read
 */
export async function lookAtRest(
  managed: ManagedTarget,
  state: TargetState,
  view: View,
  { snapshot, mustObserve, stop }: Pass,
): Promise<Outcome | undefined> {
  const rest = mustObserve ? restAt(managed, state, view, snapshot) : undefined;
  if (!rest) return undefined;
  const { target, sources } = managed;
  try {
    const changes = target.diff(rest.desired, await target.observe(rest.desired, stop));
    if (changes.length > 0 || (target.leftAlone?.() ?? []).length > 0) return undefined;
    return { ...rest.outcome, revision: revisionsOf(snapshot, sources) };
  } catch {
    // The whole pass looks again, and reports the error.
    return undefined;
  }
}

/** As `lookAtRest`, outside a pass and at once. Undefined: it is not certain that nothing has touched the outputs. */
export function findUntouched(managed: ManagedTarget, state: TargetState, snapshot: Snapshot): Outcome | undefined {
  const { target, sources } = managed;
  if (!target.isUntouched) return undefined;
  try {
    const rest = restAt(managed, state, managed.view(snapshot), snapshot);
    if (!rest || !target.isUntouched(rest.desired)) return undefined;
    return { ...rest.outcome, revision: revisionsOf(snapshot, sources) };
  } catch {
    // A pass looks again, and reports the error.
    return undefined;
  }
}

/** Undefined: the target is not at rest with this view. */
function restAt({ sources }: ManagedTarget, state: TargetState, view: View, { lists }: Snapshot): Rest | undefined {
  const { rest, recovered } = state;
  if (!recovered || rest?.view !== view) return undefined;
  return sources.every((name) => rest.lists?.get(name) === lists?.get(name)) ? rest : undefined;
}
