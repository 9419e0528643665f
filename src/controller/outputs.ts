import type { Quarantine } from '../model/view.js';
import type { Change } from '../ports/output.js';
import type { Desired, Target } from '../ports/target.js';
import { lead } from './leadership.js';
import { judgeEmptied, noticeContent, recordContent, shareContent } from './emptied.js';
import { isRefusal, toError } from './errors.js';
import { hasContent } from './explain-emptied.js';
import type { ManagedTarget } from './managed-target.js';
import type { OutputsResult, Pass, PassInput } from './pass.js';
import { describeMissing } from './revisions.js';
import type { TargetState } from './target-state.js';

/**
 * Brings the outputs in step with the view, or finds that they are. Only outputs that differ from those that were last in step are looked
 * at, unless the pass must observe all. Never rejects: an error of `recover`, `observe` or `apply` is part of the result. It changes nothing in the state except `epoch`, `recovered` and `desired`.
 */
export async function bringInStep(
  managed: ManagedTarget,
  state: TargetState,
  { view, revision }: PassInput,
  pass: Pass,
): Promise<OutputsResult> {
  const { target, journal, sources } = managed;
  const unchanged = { changes: [], caveats: [], quarantined: state.quarantined };
  let caveats: readonly string[] = [];
  try {
    if (pass.leadership) await lead(managed, state, pass.leadership, pass.stop);
    if (!state.recovered) {
      caveats = await recover(managed, pass.stop);
      state.recovered = true;
    }

    const missing = describeMissing(pass.snapshot, sources, journal.record.revision);
    if (missing !== undefined) return { ...unchanged, result: 'waiting', reason: missing, caveats };
    noticeContent(managed, state.emptiness, view, pass);
    const isDue = (state.unwritten?.retryAt ?? Infinity) <= pass.clock.now();
    if (!pass.mustObserve && !isDue && view === state.inStep?.view)
      return { ...unchanged, result: 'in-step', desired: state.inStep.desired, caveats };

    const since = pass.mustObserve ? undefined : state.inStep?.desired;
    const desired = target.desired(view, since ?? state.desired);
    state.desired = desired;
    const changes = target.diff(desired, await target.observe(desired, pass.stop, since));
    if (changes.length === 0) {
      caveats = [...caveats, ...(await recordContent(managed, state.emptiness, view))];
      if (pass.leadership) caveats = [...caveats, ...(await shareContent(managed))];
      const quarantined = quarantinedOf(target, desired);
      return { result: 'in-step', desired, changes, caveats, quarantined, isPartial: false };
    }
    const emptied = await judgeEmptied(managed, state.emptiness, view, pass);
    if (emptied?.kind === 'kept') {
      const { reason, againInMs } = emptied;
      if (pass.leadership) caveats = [...caveats, ...(await shareContent(managed))];
      return { ...unchanged, result: 'kept', reason, caveats, ...(againInMs !== undefined && { againInMs }) };
    }
    if (emptied?.kind === 'released') caveats = [...caveats, emptied.why];

    // Before the outputs: a leader that is killed after them has told the next one.
    if (pass.leadership && managed.empty && hasContent(view))
      caveats = [
        ...caveats,
        ...(await shareContent(managed, { selection: managed.empty.selection, emptySince: null })),
      ];
    const digest = lazy(() => target.digest(desired));
    const applied = await apply(target, changes, { digest, revision }, pass);
    const unrecorded = applied.result === 'changed' ? await recordContent(managed, state.emptiness, view) : [];
    if (pass.leadership && applied.result === 'changed') caveats = [...caveats, ...(await shareContent(managed))];
    const quarantined = quarantinedOf(target, desired);
    return { ...applied, desired, quarantined, caveats: [...caveats, ...applied.caveats, ...unrecorded] };
  } catch (thrown) {
    return { ...unchanged, result: 'failed', error: toError(thrown), caveats };
  }
}

/** The services that are not in the outputs: because of what they are, or of what is in their place. */
function quarantinedOf(target: Target, { quarantined }: Desired): readonly Quarantine[] {
  const leftAlone = target.leftAlone?.() ?? [];
  return leftAlone.length === 0 ? quarantined : [...quarantined, ...leftAlone];
}

/** Finishes or undoes the change that an earlier process left half done. @returns caveats for the log */
async function recover({ target, journal }: ManagedTarget, stop: AbortSignal): Promise<readonly string[]> {
  const { outcome, outputs } = await target.recover(stop);
  // An operator may have fixed the cause of the refusal that the journal remembers.
  if (journal.record.failed) await journal.advance({ failed: null });
  return outcome === 'nothing' ? [] : [`an interrupted change was ${outcome}: ${outputs.join(', ')}`];
}

/** Never rejects. */
async function apply(
  target: Target,
  changes: readonly Change[],
  { digest, revision }: { readonly digest: () => string; readonly revision: string },
  { clock, stop }: Pass,
): Promise<Omit<OutputsResult, 'quarantined'>> {
  let swappedAt: number | undefined;
  const swapTime = () => (swappedAt === undefined ? {} : { swappedAt });
  try {
    stop.throwIfAborted();
    const { caveats, refused = [] } = await target.apply(changes, {
      get digest() {
        return digest();
      },
      revision,
      signal: stop,
      swapped() {
        swappedAt = clock.now();
      },
    });
    const left = new Set(refused);
    const made = changes.filter(({ output }) => !left.has(output));
    const result = made.length > 0 ? 'changed' : 'in-step';
    return { result, changes: made, caveats, isPartial: left.size > 0, ...swapTime() };
  } catch (thrown) {
    const error = toError(thrown);
    return { result: isRefusal(error) ? 'refused' : 'failed', error, changes: [], caveats: [], ...swapTime() };
  }
}

/** A function that computes its value at its first call only. */
function lazy<T>(compute: () => T): () => T {
  let value: { readonly it: T } | undefined;
  return () => (value ??= { it: compute() }).it;
}
