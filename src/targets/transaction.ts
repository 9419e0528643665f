import type { z } from 'zod';
import { messageOf, RollcallError } from '../model/errors.js';
import type { Applied, ApplyContext, Check, CommandContext, Journal, Recovered, CheckVerdict } from '../ports.js';
import { explainRefusal } from './refusal.js';

/**
 * Called at every step that was reached; the next one waits for it. It is there so that tests can die at each step. A kind calls it in
 * `swap` and `revert`, after each write that readers can see: `swap:0`, `swap:1`, `revert:0`. `createTransactions` calls it for all other
 * steps.
 */
export type OnStep = (step: string) => void | Promise<void>;

/** What a kind of target can do with the undo data `U` of its transactions. */
export interface TransactionKind<U> {
  /** The undo data as the journal's JSON has it. It refuses the undo data of other kinds: `kind: z.literal('files')`. */
  readonly undo: z.ZodType<U>;
  outputs(undo: U): readonly string[];
  /** Is every new output in its place? */
  whole(undo: U): Promise<boolean>;
  /** Puts the old outputs back; may be called again after it failed half way. Returns whether any new one was visible. */
  revert(undo: U): Promise<boolean>;
  /** Removes what was only kept for `revert`; may be called again. */
  clean(undo: U): Promise<void>;
  /** The part of the undo data that `clean` needs; null when there will be nothing to clean. */
  leftovers(undo: U): U | null;
  /** What is owned once the new outputs are accepted. */
  owned(undo: U, before: readonly string[]): readonly string[];
}

/** One change of a target's outputs, ready to be made. */
export interface ChangeSet<U> {
  /** What changes, for the check and the journal's readers. */
  readonly outputs: readonly string[];
  /** Makes ready all that can be made ready without a reader noticing. It may be on its way to the disk still: `swap` waits for that. */
  stage(): Promise<Staged<U>>;
  /** Removes what `stage` made, also when it failed half way. */
  discard(): Promise<void>;
  /** Lets readers see the new outputs. Durable when it resolves. */
  swap(undo: U): Promise<void>;
}

export interface Staged<U> {
  readonly undo: U;
  /** The one new file before the swap, and the one that it will replace if there is one: for `{staged}`. */
  readonly staged?: string | undefined;
  readonly replaced?: string | undefined;
  readonly caveats: readonly string[];
}

export interface TransactionDeps {
  readonly target: string;
  readonly journal: Journal;
  readonly check?: Check | undefined;
  readonly onStep?: OnStep | undefined;
}

export interface Transactions<U> {
  /**
   * Makes the change or leaves all as it was.
   *
   * @throws RollcallError as `Target.apply` does; `UNDO_FAILED` when neither could be had.
   */
  run(changeSet: ChangeSet<U>, context: ApplyContext): Promise<Applied>;
  /**
   * Finishes or undoes what was cut short.
   *
   * @param misfitOf names an output of undo data from disk that the target's config cannot have made: then nothing is touched
   * @throws RollcallError `UNDO_FAILED`; then it is to be called again.
   */
  recover(misfitOf?: (undo: U) => Promise<string | undefined>): Promise<Recovered>;
}

const nothing: Recovered = { outcome: 'nothing', outputs: [] };

/**
 * The order of every target's change: stage, check, swap, check, or all back. Each step is in the journal before the
 * next can be half done, so `recover` can take over from any moment.
 */
export function createTransactions<U>(kind: TransactionKind<U>, deps: TransactionDeps): Transactions<U> {
  const { target, journal } = deps;
  const early = deps.check?.staged === true ? deps.check : undefined;
  const late = deps.check?.staged === false ? deps.check : undefined;
  const reach = async (step: string): Promise<void> => deps.onStep?.(step);

  async function run(changeSet: ChangeSet<U>, context: ApplyContext): Promise<Applied> {
    const command: CommandContext = { target, revision: context.revision, outputs: changeSet.outputs };
    const pendingBefore = journal.record.reloadPending;
    const { undo, caveats } = await prepare(changeSet, command, context);
    // From here on the signal is ignored: a swap that has begun is finished or undone.
    let verdict: CheckVerdict = { kind: 'accepted' };
    try {
      await reach('staged');
      await changeSet.swap(undo);
      context.swapped();
      await reach('swapped');
      if (late) {
        await journal.advance({ step: 'swapped' });
        await reach('check');
        verdict = await late.run(command, unstoppable());
      }
      if (verdict.kind === 'accepted') await accept(undo, context.digest);
    } catch (error) {
      const visible = await revert(undo, messageOf(error));
      const { digest } = context;
      await journal.advance({ step: 'failed', digest, undo: null, reloadPending: visible || pendingBefore });
      throw error;
    }
    if (verdict.kind !== 'accepted') {
      await revert(undo, verdict.reason);
      await reach('reverted');
      const error = await explainRefusal(verdict, late && (() => late.run(command, unstoppable())));
      // The reload stays pending: while the new outputs were there, a reload by another program may have taken them up.
      const { digest } = context;
      await journal.advance({ step: 'failed', digest, undo: null, ...remember(error, digest) });
      throw error;
    }
    await reach('checked');
    const untidy = await clean(undo);
    await reach('cleaned');
    return { caveats: [...caveats, ...untidy] };
  }

  /** Up to the last moment at which nothing has happened. Whatever goes wrong, nothing has. */
  async function prepare(changeSet: ChangeSet<U>, command: CommandContext, context: ApplyContext): Promise<Staged<U>> {
    const { revision, signal } = context;
    signal.throwIfAborted();
    let verdict: CheckVerdict = { kind: 'accepted' };
    let staged: Staged<U>;
    try {
      await reach('stage');
      staged = await changeSet.stage();
      // A change without a new file, a removal alone, gives `{staged}` nothing to stand for.
      if (early && staged.staged !== undefined) {
        await reach('check');
        verdict = await early.run({ ...command, staged: staged.staged }, signal);
      }
      signal.throwIfAborted();
      if (verdict.kind === 'accepted') {
        await journal.advance({ step: 'staged', digest: '', revision, undo: staged.undo, reloadPending: true });
        return staged;
      }
    } catch (error) {
      await discard(changeSet, messageOf(error));
      throw error;
    }
    await discard(changeSet, verdict.reason);
    const old = staged.replaced;
    const again = early && old !== undefined ? () => early.run({ ...command, staged: old }, signal) : undefined;
    const error = await explainRefusal(verdict, again);
    if (error.code === 'CHECK_REFUSED') {
      const { digest } = context;
      await journal.advance({ step: 'failed', digest, revision, ...remember(error, digest) });
    }
    throw error;
  }

  async function discard(changeSet: ChangeSet<U>, because: string): Promise<void> {
    try {
      await changeSet.discard();
    } catch (cause) {
      const message = `${because}; besides, what was staged could not be removed: ${messageOf(cause)}`;
      throw new RollcallError('OUTPUT_UNWRITABLE', message, { cause });
    }
  }

  function accept(undo: U, digest: string): Promise<void> {
    const owned = kind.owned(undo, journal.record.owned);
    return journal.advance({ step: 'checked', digest, undo: kind.leftovers(undo), owned, failed: null });
  }

  async function revert(undo: U, because: string): Promise<boolean> {
    try {
      return await kind.revert(undo);
    } catch (cause) {
      throw new RollcallError(
        'UNDO_FAILED',
        `a change of ${kind.outputs(undo).join(', ')} was not finished (${because}) and could not be undone: ${messageOf(cause)}`,
        { cause },
      );
    }
  }

  /** The change stands, whatever becomes of its leftovers. */
  async function clean(undo: U): Promise<readonly string[]> {
    try {
      await kind.clean(undo);
      return [];
    } catch (error) {
      return [`what was kept of the old outputs could not be removed: ${messageOf(error)}`];
    }
  }

  async function recover(misfitOf?: (undo: U) => Promise<string | undefined>): Promise<Recovered> {
    const { step, undo: kept } = journal.record;
    if (kept === null) return nothing;
    const cutShort = step === 'staged' || step === 'swapped';
    const parsed = kind.undo.safeParse(kept);
    if (!parsed.success) {
      if (!cutShort) return nothing;
      throw new RollcallError('UNDO_FAILED', `the journal of ${target} holds an unfinished change of another kind`, {
        retry: false,
        hint: 'Run the configuration that began it once more, or remove the journal from `stateDir` and look at the outputs.',
      });
    }
    const undo = parsed.data;
    const misfit = await misfitOf?.(undo);
    if (misfit !== undefined) {
      if (!cutShort) return nothing;
      throw new RollcallError(
        'UNDO_FAILED',
        `the journal of ${target} holds an unfinished change of ${misfit}, which its config does not make: nothing was touched`,
        {
          retry: false,
          hint: 'Run the configuration that began it once more, or remove the journal from `stateDir` and look at the outputs.',
        },
      );
    }
    if (!cutShort) {
      await kind.clean(undo);
      return nothing;
    }
    const outputs = kind.outputs(undo);
    if (!late && (await kind.whole(undo))) {
      await accept(undo, '');
      await reach('checked');
      await kind.clean(undo);
      return { outcome: 'finished', outputs };
    }
    await revert(undo, 'it was cut short');
    await reach('reverted');
    // The reload stays pending: it is not known what was visible, and for how long.
    await journal.advance({ step: 'failed', undo: null });
    return { outcome: 'undone', outputs };
  }

  return { run, recover };
}

const remember = (error: RollcallError, digest: string) =>
  error.code === 'CHECK_REFUSED' ? { failed: { digest, reason: error.message } } : {};

/** What came after the swap is bounded by the check's own timeout. */
const unstoppable = (): AbortSignal => new AbortController().signal;
