import { RollcallError, type ErrorCode } from '../model/errors.js';
import type { View } from '../model/view.js';
import type { Change, Target } from '../ports.js';
import { attempt } from './attempt.js';
import type { OutcomeDraft, TargetState, Pass } from './memory.js';
import { runPendingReload } from './reload.js';
import type { Outcome, ManagedTarget } from './managed-target.js';
import { revisionsOf, describeMissing } from './revisions.js';

/**
 * One pass over one target, from the latest snapshot: view, want, observe, diff, apply, reload, confirm, record.
 * Never rejects: what went wrong is the outcome. A pass that finds nothing to do writes nothing, checks nothing and
 * reloads nothing. A change that failed is not tried again before its time unless the view has changed or it is asked to
 * look; a pending reload does not wait for it.
 */
export async function reconcile(part: ManagedTarget, memory: TargetState, pass: Pass): Promise<Outcome> {
  const { snapshot, clock, stop, look } = pass;
  const revision = revisionsOf(snapshot, part.sources);
  const outcome: OutcomeDraft = {
    result: 'in-step',
    changed: nothing,
    caveats: [],
    quarantined: memory.quarantined,
    revision,
  };
  const view = part.view(snapshot);
  const { trouble } = memory;
  const isHeld = trouble !== undefined && !look && trouble.view === view && trouble.retryAt > clock.now();
  const error = isHeld ? trouble.error : await attempt(() => makeOutputs(part, memory, view, pass, outcome));
  if (stop.aborted && outcome.swappedAt === undefined) return { ...outcome, result: 'stopped' };
  if (!isHeld) remember(memory, view, error, pass);
  const reloadError = isWhole(part, error)
    ? await attempt(() => runPendingReload(part, memory, pass, outcome))
    : undefined;
  if (reloadError && error && !isHeld) outcome.caveats = [...outcome.caveats, `besides: ${error.message}`];
  const failure = reloadError ?? error;
  if (!failure) return outcome;
  const retryInMs = memory.trouble && memory.trouble.retryAt - clock.now();
  const againInMs = Math.min(retryInMs ?? Infinity, outcome.againInMs ?? Infinity);
  const result = isRefusal(failure) ? 'refused' : 'failed';
  const isRepeated = isHeld && !reloadError;
  return { ...outcome, result, error: failure, isRepeated, ...(againInMs < Infinity && { againInMs }) };
}

/** A refusal is no trouble: nothing but another want can help, and the journal remembers it. */
function remember(memory: TargetState, view: View, error: Error | undefined, { clock, delay }: Pass): void {
  memory.trouble = undefined;
  if (!error || isRefusal(error)) memory.failures = 0;
  else memory.trouble = { view, error, retryAt: clock.now() + delay((memory.failures += 1), error) };
}

const isRefusal = (error: Error): boolean => error instanceof RollcallError && error.code === 'CHECK_REFUSED';

/** Whatever comes before the reload. */
async function makeOutputs(
  part: ManagedTarget,
  memory: TargetState,
  view: View,
  pass: Pass,
  outcome: OutcomeDraft,
): Promise<void> {
  if (!memory.recovered) await recover(part, memory, outcome, pass.stop);
  const missing = describeMissing(pass.snapshot, part.sources, part.journal.record.revision);
  if (missing !== undefined) {
    outcome.result = 'waiting';
    outcome.reason = missing;
  } else if (pass.look || view !== memory.inStepView) {
    await bringInStep(part, memory, view, pass, outcome);
  } else if (memory.refused !== undefined) {
    outcome.result = 'refused';
    outcome.reason = memory.refused;
  }
}

async function recover(
  part: ManagedTarget,
  memory: TargetState,
  outcome: OutcomeDraft,
  stop: AbortSignal,
): Promise<void> {
  const recovered = await part.target.recover(stop);
  // A start, or a config read anew, is an operator's word: what was refused before may be tried once more.
  if (part.journal.record.failed) await part.journal.advance({ failed: null });
  memory.recovered = true;
  if (recovered.outcome === 'nothing') return;
  outcome.caveats = [`an interrupted change was ${recovered.outcome}: ${recovered.outputs.join(', ')}`];
}

/**
 * Do outputs that the consumer's check accepts stand in their places, also after this failure of a change? Then a reload
 * that is pending for them waits neither for the change nor for etcd.
 */
function isWhole({ journal }: ManagedTarget, error: Error | undefined): boolean {
  const { step } = journal.record;
  if (step === 'staged' || step === 'swapped') return false;
  return !(error instanceof RollcallError && unvouched.has(error.code));
}

const unvouched: ReadonlySet<string> = new Set<ErrorCode>(['CHECK_BROKEN_BEFORE', 'CHECK_UNANSWERED', 'UNDO_FAILED']);

const nothing: Outcome['changed'] = { created: 0, updated: 0, deleted: 0, bytes: 0 };

/** The outputs: made what the view wants, or known to be so. Throws as `Target.apply` does. */
async function bringInStep(
  part: ManagedTarget,
  memory: TargetState,
  view: View,
  { clock, stop }: Pass,
  outcome: OutcomeDraft,
): Promise<void> {
  const target: Target = part.target;
  memory.inStepView = undefined;
  memory.refused = undefined;
  const want = target.desired(view);
  outcome.quarantined = memory.quarantined = want.quarantined;
  const seen = await target.observe(want, stop);
  const changes = target.diff(want, seen);
  if (changes.length > 0) {
    const { failed } = part.journal.record;
    let digest = failed === null ? undefined : target.digest(want);
    if (failed !== null && failed.digest === digest) {
      outcome.result = 'refused';
      outcome.reason = memory.refused = failed.reason;
    } else {
      stop.throwIfAborted();
      const applied = await target.apply(changes, {
        get digest() {
          return (digest ??= target.digest(want));
        },
        revision: outcome.revision,
        signal: stop,
        swapped() {
          outcome.swappedAt = clock.now();
        },
      });
      outcome.caveats = [...outcome.caveats, ...applied.caveats];
      outcome.result = 'changed';
      outcome.changed = count(changes);
      for (const { output } of changes) memory.unacknowledged.add(output);
    }
  }
  memory.inStepView = view;
}

function count(changes: readonly Change[]): Outcome['changed'] {
  const of = (action: Change['action']) => changes.filter((change) => change.action === action).length;
  const bytes = changes.reduce((sum, change) => sum + change.bytes, 0);
  return { created: of('create'), updated: of('update'), deleted: of('delete'), bytes };
}
