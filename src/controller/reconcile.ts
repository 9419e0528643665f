import type { View } from '../model/view.js';
import { isRefusal, toError } from './errors.js';
import type { ManagedTarget, Outcome } from './managed-target.js';
import { bringInStep } from './outputs.js';
import type { OutputsResult, Pass, PassInput, ReloadResult } from './pass.js';
import { bringConsumerInStep } from './reload.js';
import { takeUpHolds } from './leadership.js';
import { guardSelection, type GuardedSelection } from './guard-selection.js';
import { lookAtRest, restAfter } from './rest.js';
import { revisionsOf } from './revisions.js';
import type { TargetState } from './target-state.js';
import { acceptedBefore, blame, quarantineOf, saveWithheld, viewForPass } from './withheld.js';
import { withhold, type Culprit } from './withhold.js';

/**
 * Runs one pass over one target with the latest snapshot: selection, guard, view, desired, observe, diff, apply, reload, confirm, record. Never rejects: an
 * error is part of the outcome. A resync of a target at rest only looks at its outputs. A pass without a change writes nothing, checks nothing
 * and reloads nothing. A change that failed or was refused waits for its delay, unless the view has changed or the pass must observe the outputs.
 */
export async function reconcile(managed: ManagedTarget, state: TargetState, pass: Pass): Promise<Outcome> {
  const startedAt = pass.clock.now();
  const untaken = pass.leadership && (await takeUpHolds(managed, state, pass.leadership));
  if (untaken) return { ...untaken, revision: revisionsOf(pass.snapshot, managed.sources) };
  const selection = managed.view(pass.snapshot);
  const rested = await lookAtRest(managed, state, selection, pass);
  if (rested) return rested;
  state.rest = undefined;
  const guarded = await guardSelection(managed, state, selection, pass);
  pass.onJudged?.();
  const wanted = guarded.view;
  const view = viewForPass(state, wanted, pass);
  const revision = revisionsOf(pass.snapshot, managed.sources);

  const known = lastFailure(state, view, pass);
  const { outputs, made } = known
    ? { outputs: known, made: view }
    : await make(managed, state, { view, revision }, pass);
  if (pass.stop.aborted && outputs.swappedAt === undefined)
    return { ...describe(state, outputs, guarded), result: 'stopped', revision };
  const views = outputs.changes.length > 0 && { views: { before: state.acceptedView, after: made } };
  remember(state, { guarded, made }, outputs, pass);

  const reload = await bringConsumerInStep(managed, state, { outputs, revision }, pass);
  const again = [reload.againInMs, outputs.againInMs, guarded.verdict?.againInMs].map((ms) => ms ?? Infinity);
  const againInMs = Math.min(...again, dueIn(state, pass.clock, startedAt));
  const outcome = {
    ...describe(state, outputs, guarded, reload),
    ...views,
    revision,
    ...(againInMs < Infinity && { againInMs }),
  };
  state.rest = restAfter(managed, state, selection, outcome, pass);
  return outcome;
}

/** Whether the outputs follow the view, or were to follow it. */
const isMade = ({ result }: OutputsResult): boolean => result !== 'waiting' && result !== 'kept';

/** Whether the view is one in which services are withheld. */
const isWithheldIn = ({ withheld }: TargetState, view: View): boolean =>
  withheld?.last.view === view && withheld.last.wanted !== view;

/** Nothing is withheld any more. @returns caveats for the log */
async function forgetWithheld(managed: ManagedTarget): Promise<readonly string[]> {
  try {
    await saveWithheld(managed, undefined, new Set(), false);
    return [];
  } catch (error) {
    return [`the list of withheld services could not be removed: ${toError(error).message}`];
  }
}

/** Those that this search has found, and those of earlier ones that it did not try. */
function withheldNames({ withheld }: TargetState, culprits: ReadonlyMap<string, Culprit>): ReadonlySet<string> {
  return new Set([...(withheld?.services.keys() ?? []), ...culprits.keys()]);
}

const isSecret = ({ target }: ManagedTarget, view: View): boolean =>
  target.outputs(target.desired(view)).some(({ secret }) => secret);

/**
 * Milliseconds until something is tried again: a failed change, withheld services, or refused outputs. Services and outputs that were due at
 * `startedAt`, when this pass began, wait for the next pass. Those that became due during the pass are tried at once.
 */
function dueIn({ failure, withheld, unwritten }: TargetState, clock: Pass['clock'], startedAt: number): number {
  const now = clock.now();
  const waits = [withheld, unwritten].map((each) => {
    const retryAt = each?.retryAt ?? -Infinity;
    return retryAt > startedAt ? Math.max(0, retryAt - now) : Infinity;
  });
  return Math.min((failure?.retryAt ?? Infinity) - now, ...waits);
}

/** The failure of an earlier pass, while its delay lasts and the view is the same. */
function lastFailure(
  { failure, quarantined }: TargetState,
  view: View,
  { mustObserve, clock }: Pass,
): OutputsResult | undefined {
  if (!failure || mustObserve || failure.view !== view || failure.retryAt <= clock.now()) return undefined;
  const result = isRefusal(failure.error) ? 'refused' : 'failed';
  return { result, error: failure.error, isRepeated: true, changes: [], caveats: [], quarantined };
}

/** The outputs of a pass, and the view that they were made from. */
interface Made {
  readonly outputs: OutputsResult;
  readonly made: View;
}

/** Makes the outputs. When the check refuses them, those of the view without the services to blame are made instead. */
async function make(managed: ManagedTarget, state: TargetState, input: PassInput, pass: Pass): Promise<Made> {
  const { view, revision } = input;
  const outputs = await bringInStep(managed, state, input, pass);
  if (!outputs.error && isMade(outputs) && !isWithheldIn(state, view)) {
    const unsaved = await forgetWithheld(managed);
    return { outputs: { ...outputs, caveats: [...outputs.caveats, ...unsaved] }, made: view };
  }
  // If readers saw the refused outputs, a search would show them more of that kind.
  const isUnseen = outputs.swappedAt === undefined;
  if (!outputs.error || !isRefusal(outputs.error) || !isUnseen || pass.stop.aborted) return { outputs, made: view };
  try {
    const found = await blame(managed, state, { view, revision, refusal: outputs.error }, pass);
    const refused = { ...outputs, caveats: [...outputs.caveats, ...found.caveats] };
    const { culprits } = found;
    if (!culprits) return { outputs: refused, made: view };
    const accepted = acceptedBefore(managed, state, view);
    const others = withhold(view, accepted, new Set(culprits.keys()));
    await saveWithheld(managed, accepted, withheldNames(state, culprits), isSecret(managed, others));
    const instead = await bringInStep(managed, state, { view: others, revision }, pass);
    if (instead.error) return { outputs: refused, made: view };
    const caveats = [...refused.caveats, ...instead.caveats];
    return { outputs: { ...instead, caveats, culprits }, made: others };
  } catch (thrown) {
    const { message } = toError(thrown);
    return {
      outputs: { ...outputs, caveats: [...outputs.caveats, `the cause was not searched: ${message}`] },
      made: view,
    };
  }
}

/** Updates the state after a pass. */
function remember(
  state: TargetState,
  { guarded, made }: { readonly guarded: GuardedSelection; readonly made: View },
  outputs: OutputsResult,
  pass: Pass,
): void {
  const { view: wanted, raw } = guarded;
  const { error, isRepeated } = outputs;
  if (isRepeated) return;
  const { clock, delay } = pass;
  state.quarantined = outputs.quarantined;
  for (const { output } of outputs.changes) state.unacknowledged.add(output);
  if (outputs.culprits) withholdFromNow(state, { wanted, made }, outputs.culprits, pass);
  else if (!error && isMade(outputs) && made === wanted) state.withheld = state.search = undefined;
  const { desired } = outputs;
  if (isMade(outputs)) state.inStep = error || !desired ? undefined : { view: made, desired };
  if (isMade(outputs) && !error) {
    state.acceptedView = made;
    state.accepted = { view: made, raw, lists: pass.snapshot.lists };
  }
  state.failure = undefined;
  if (outputs.isPartial !== undefined) state.unwritten = outputs.isPartial ? triedAgain(state, pass) : undefined;
  if (!error) state.failures = 0;
  else state.failure = { view: made, error, retryAt: clock.now() + delay((state.failures += 1), error) };
}

/** When refused outputs are tried again. */
function triedAgain({ unwritten }: TargetState, { clock, delay }: Pass): TargetState['unwritten'] {
  const attempts = (unwritten?.attempts ?? 0) + 1;
  return { attempts, retryAt: clock.now() + delay(attempts, new Error('some outputs were refused')) };
}

/** Milliseconds for which a service that was to blame is the first suspect. */
const culpritsStayFor = 600_000;

/** Services that are withheld already stay so, unless they were tried in this pass. */
function withholdFromNow(
  state: TargetState,
  { wanted, made }: { readonly wanted: View; readonly made: View },
  culprits: ReadonlyMap<string, Culprit>,
  { clock, delay }: Pass,
): void {
  const byName = ({ services }: View) => new Map(services.map((service) => [service.name, service]));
  const [offered, inPlace] = [byName(wanted), byName(made)];
  const now = clock.now();
  for (const [name, { isProven }] of culprits) {
    const at = isProven ? now : (state.culprits.get(name)?.at ?? now);
    state.culprits.set(name, { at, isProven });
  }
  for (const [name, { at }] of state.culprits)
    if (now - at > culpritsStayFor || inPlace.get(name) === offered.get(name)) state.culprits.delete(name);
  const found = [...culprits].map(([name, { reason }]) => [name, { offered: offered.get(name), reason }] as const);
  const before = [...(state.withheld?.services ?? [])].filter(([name]) => inPlace.get(name) !== offered.get(name));
  const attempts = (state.withheld?.attempts ?? 0) + 1;
  const retryAt = now + delay(attempts, new Error('the check refuses some services'));
  state.withheld = { services: new Map([...before, ...found]), attempts, retryAt, last: { wanted, view: made } };
}

function describe(
  state: TargetState,
  outputs: OutputsResult,
  { verdict, caveats }: GuardedSelection,
  reload: ReloadResult = {},
): Omit<Outcome, 'revision'> {
  const { reason, swappedAt, isRepeated } = outputs;
  const error = reload.error ?? outputs.error;
  const besides = reload.error && outputs.error && !isRepeated ? [`besides: ${outputs.error.message}`] : [];
  return {
    result: error ? (isRefusal(error) ? 'refused' : 'failed') : resultOf(outputs, reload),
    ...(reason !== undefined && { reason }),
    ...(error && { error, isRepeated: isRepeated === true && !reload.error }),
    changed: count(outputs.changes),
    ...(verdict && { guard: { holds: verdict.holds, began: verdict.began, ended: verdict.ended } }),
    caveats: [...caveats, ...outputs.caveats, ...besides],
    quarantined: state.withheld ? [...outputs.quarantined, ...quarantineOf(state.withheld)] : outputs.quarantined,
    ...(swappedAt !== undefined && { swappedAt }),
    ...(reload.reloadedAt !== undefined && { reloadedAt: reload.reloadedAt }),
    ...(reload.updatedAt !== undefined && { updatedAt: reload.updatedAt }),
    ...(reload.live && { live: reload.live }),
  };
}

/** A refusal, and outputs that are kept, count more than the result of an older pending reload: an operator must know of them. */
function resultOf(outputs: OutputsResult, reload: ReloadResult): Outcome['result'] {
  const { result } = outputs;
  return result === 'refused' || result === 'kept' ? result : (reload.result ?? result);
}

function count(changes: OutputsResult['changes']): Outcome['changed'] {
  const of = (action: OutputsResult['changes'][number]['action']) =>
    changes.filter((change) => change.action === action).length;
  const bytes = changes.reduce((sum, change) => sum + change.bytes, 0);
  return { created: of('create'), updated: of('update'), deleted: of('delete'), bytes };
}
