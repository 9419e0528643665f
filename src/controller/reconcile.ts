import { RollcallError, type ErrorCode } from '../model/errors.js';
import type { Snapshot } from '../model/snapshot.js';
import type { View } from '../model/view.js';
import type { Change, Clock, CommandContext, Target } from '../ports.js';
import type { Outcome, Part } from './part.js';
import { revisionsOf, whatIsMissing } from './revisions.js';

/** What is remembered of a target between passes. In memory only: all that must survive is in the journal. */
export interface Memory {
  recovered: boolean;
  /** The view that the outputs were last found or made equal to. */
  settled: View | undefined;
  /** Clock time of the end of the last reload. */
  lastReload: number | undefined;
  /** Outputs changed since the last acknowledged reload, as far as this process knows. */
  readonly unacknowledged: Set<string>;
}

export function emptyMemory(): Memory {
  return { recovered: false, settled: undefined, lastReload: undefined, unacknowledged: new Set() };
}

type Draft = { -readonly [K in keyof Outcome]: Outcome[K] };

/**
 * One pass over one target, from the latest snapshot: view, want, observe, diff, apply, reload, confirm, record.
 * Never rejects: what went wrong is the outcome. A pass that finds nothing to do writes nothing, checks nothing and
 * reloads nothing.
 *
 * @param look true to observe the outputs even though the view has not changed since they were found in step
 * @param stop ends the pass before its next irrevocable step; what is under way is finished
 */
export async function reconcile(
  part: Part,
  memory: Memory,
  snapshot: Snapshot,
  clock: Clock,
  look: boolean,
  stop: AbortSignal,
): Promise<Outcome> {
  const revision = revisionsOf(snapshot, part.sources);
  const outcome: Draft = { result: 'in-step', changed: nothing, caveats: [], quarantined: [], revision };
  try {
    if (!memory.recovered) {
      const recovered = await part.target.recover(stop);
      // A start, or a config read anew, is an operator's word: what was refused before may be tried once more.
      if (part.journal.record.failed) await part.journal.advance({ failed: null });
      memory.recovered = true;
      if (recovered.outcome !== 'nothing') {
        outcome.caveats = [`an interrupted change was ${recovered.outcome}: ${recovered.outputs.join(', ')}`];
      }
    }
    const missing = whatIsMissing(snapshot, part.sources, part.journal.record.revision);
    if (missing) return { ...outcome, result: 'waiting', reason: missing };
    const view = part.view(snapshot);
    let trouble: Error | undefined;
    if (look || view !== memory.settled) {
      try {
        await bringInStep(part, memory, view, clock, outcome, stop);
      } catch (error) {
        trouble = toError(error);
        if (!isWhole(part, trouble)) throw trouble;
      }
    }
    try {
      if (!stop.aborted || outcome.swappedAt !== undefined) await payReload(part, memory, clock, outcome);
    } catch (error) {
      if (trouble) outcome.caveats = [...outcome.caveats, `besides: ${trouble.message}`];
      throw error;
    }
    if (trouble) throw trouble;
    return outcome;
  } catch (error) {
    if (stop.aborted && outcome.swappedAt === undefined) return { ...outcome, result: 'stopped' };
    memory.settled = undefined;
    const known = toError(error);
    const refused = known instanceof RollcallError && known.code === 'CHECK_REFUSED';
    return { ...outcome, result: refused ? 'refused' : 'failed', error: known };
  }
}

/**
 * After this failure of a change, do outputs that the consumer's check accepts stand in their places? Then a reload that
 * is owed for them does not wait until the change succeeds.
 */
function isWhole({ journal }: Part, error: Error): boolean {
  const { step } = journal.record;
  if (step === 'staged' || step === 'swapped') return false;
  return !(error instanceof RollcallError && unvouched.has(error.code));
}

const unvouched: ReadonlySet<string> = new Set<ErrorCode>(['CHECK_BROKEN_BEFORE', 'CHECK_UNANSWERED', 'UNDO_FAILED']);

const toError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

const nothing: Outcome['changed'] = { created: 0, updated: 0, deleted: 0, bytes: 0 };

/** The outputs: made what the view wants, or known to be so. Throws as `Target.apply` does. */
async function bringInStep(
  part: Part,
  memory: Memory,
  view: View,
  clock: Clock,
  outcome: Draft,
  stop: AbortSignal,
): Promise<void> {
  const target: Target = part.target;
  memory.settled = undefined;
  const want = target.want(view);
  outcome.quarantined = want.quarantined;
  const seen = await target.observe(want, stop);
  const changes = target.diff(want, seen);
  if (changes.length > 0) {
    const digest = target.digest(want);
    const failed = part.journal.record.failed;
    if (failed?.digest === digest) {
      outcome.result = 'refused';
      outcome.reason = failed.reason;
    } else {
      stop.throwIfAborted();
      const swapped = () => {
        outcome.swappedAt = clock.now();
      };
      const applied = await target.apply(changes, { digest, revision: outcome.revision, signal: stop, swapped });
      outcome.caveats = [...outcome.caveats, ...applied.caveats];
      outcome.result = 'changed';
      outcome.changed = count(changes);
      for (const { output } of changes) memory.unacknowledged.add(output);
    }
  }
  memory.settled = view;
}

/** The consumer: told of what it has not acknowledged yet, now or when `minInterval` allows. */
async function payReload(part: Part, memory: Memory, clock: Clock, outcome: Draft): Promise<void> {
  const { journal, reload, confirm } = part;
  if (!journal.record.reloadOwed) return;
  if (reload) {
    const wait = memory.lastReload === undefined ? 0 : memory.lastReload + part.minInterval - clock.now();
    if (wait > 0) {
      outcome.againInMs = wait;
      if (outcome.result !== 'refused') outcome.result = 'throttled';
      return;
    }
    const known = [...memory.unacknowledged];
    const outputs = known.length > 0 ? known : journal.record.owned;
    const context: CommandContext = { target: part.name, revision: outcome.revision, outputs };
    // Not the stop signal: a reload cut short would leave the consumer between two states; its own timeout bounds it.
    const unstoppable = new AbortController().signal;
    try {
      await reload.run(context, unstoppable);
      await confirm?.run(context, unstoppable);
    } finally {
      memory.lastReload = clock.now();
    }
    outcome.reloadedAt = memory.lastReload;
    if (outcome.result !== 'refused') outcome.result = 'reloaded';
  }
  await journal.advance({ step: 'reloaded', reloadOwed: false });
  memory.unacknowledged.clear();
}

function count(changes: readonly Change[]): Outcome['changed'] {
  const of = (action: Change['action']) => changes.filter((change) => change.action === action).length;
  const bytes = changes.reduce((sum, change) => sum + change.bytes, 0);
  return { created: of('create'), updated: of('update'), deleted: of('delete'), bytes };
}
