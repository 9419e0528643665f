import type { View } from '../model/view.js';
import { isRefusal } from './errors.js';
import type { ManagedTarget, Outcome } from './managed-target.js';
import { bringInStep } from './outputs.js';
import type { OutputsResult, Pass, ReloadResult } from './pass.js';
import { runPendingReload } from './reload.js';
import { revisionsOf } from './revisions.js';
import type { TargetState } from './target-state.js';

/**
 * Runs one pass over one target with the latest snapshot: view, desired, observe, diff, apply, reload, confirm, record. Never rejects: an
 * error is part of the outcome. A pass without a change writes nothing, checks nothing and reloads nothing. A change that failed waits
 * for its delay, unless the view has changed or the pass must observe the outputs.
 */
export async function reconcile(managed: ManagedTarget, state: TargetState, pass: Pass): Promise<Outcome> {
  const view = managed.view(pass.snapshot);
  const revision = revisionsOf(pass.snapshot, managed.sources);

  const outputs = lastFailure(state, view, pass) ?? (await bringInStep(managed, state, { view, revision }, pass));
  if (pass.stop.aborted && outputs.swappedAt === undefined)
    return { ...describe(outputs), result: 'stopped', revision };
  const views = outputs.changes.length > 0 && { views: { before: state.acceptedView, after: view } };
  remember(state, view, outputs, pass);

  const reload = await runPendingReload(managed, state, { outputs, revision }, pass);
  const againInMs = Math.min(reload.againInMs ?? Infinity, (state.failure?.retryAt ?? Infinity) - pass.clock.now());
  return { ...describe(outputs, reload), ...views, revision, ...(againInMs < Infinity && { againInMs }) };
}

/** The failure of an earlier pass, while its delay lasts and the view is the same. */
function lastFailure(
  { failure, quarantined }: TargetState,
  view: View,
  { mustObserve, clock }: Pass,
): OutputsResult | undefined {
  if (!failure || mustObserve || failure.view !== view || failure.retryAt <= clock.now()) return undefined;
  return { result: 'failed', error: failure.error, isRepeated: true, changes: [], caveats: [], quarantined };
}

/** Updates the state after a pass. A refusal sets no retry: only other outputs can help, and the journal remembers the refused ones. */
function remember(state: TargetState, view: View, outputs: OutputsResult, { clock, delay }: Pass): void {
  const { result, error, reason, isRepeated } = outputs;
  if (isRepeated) return;
  state.quarantined = outputs.quarantined;
  if (result !== 'waiting') {
    state.inStepView = error ? undefined : view;
    state.refused = result === 'refused' ? reason : undefined;
    if (!error && result !== 'refused') state.acceptedView = view;
  }
  for (const { output } of outputs.changes) state.unacknowledged.add(output);
  state.failure = undefined;
  if (!error || isRefusal(error)) state.failures = 0;
  else state.failure = { view, error, retryAt: clock.now() + delay((state.failures += 1), error) };
}

function describe(outputs: OutputsResult, reload: ReloadResult = {}): Omit<Outcome, 'revision'> {
  const { reason, quarantined, swappedAt, isRepeated } = outputs;
  const error = reload.error ?? outputs.error;
  const besides = reload.error && outputs.error && !isRepeated ? [`besides: ${outputs.error.message}`] : [];
  return {
    result: error ? (isRefusal(error) ? 'refused' : 'failed') : resultOf(outputs, reload),
    ...(reason !== undefined && { reason }),
    ...(error && { error, isRepeated: isRepeated === true && !reload.error }),
    changed: count(outputs.changes),
    caveats: [...outputs.caveats, ...besides],
    quarantined,
    ...(swappedAt !== undefined && { swappedAt }),
    ...(reload.reloadedAt !== undefined && { reloadedAt: reload.reloadedAt }),
  };
}

/** A refusal counts more than the result of an older pending reload, because an operator must know of it. */
function resultOf(outputs: OutputsResult, reload: ReloadResult): Outcome['result'] {
  return outputs.result === 'refused' ? 'refused' : (reload.result ?? outputs.result);
}

function count(changes: OutputsResult['changes']): Outcome['changed'] {
  const of = (action: OutputsResult['changes'][number]['action']) =>
    changes.filter((change) => change.action === action).length;
  const bytes = changes.reduce((sum, change) => sum + change.bytes, 0);
  return { created: of('create'), updated: of('update'), deleted: of('delete'), bytes };
}
