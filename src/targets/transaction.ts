import type { z } from 'zod';
import { messageOf, RollcallError } from '../model/errors.js';
import type { Check, CheckVerdict, CommandContext } from '../ports/check.js';
import type { Journal } from '../ports/journal.js';
import type { Applied, ApplyContext, Recovered } from '../ports/target.js';
import { createJudge, createJudgeMemory, type Judgement, type JudgeMemory, type Unseen } from './judge.js';
import { explainRefusal } from './refusal.js';

/**
 * Called at every step that was reached; the next one waits for it. It is there so that tests can die at each step. A kind calls it in
 * `swap` and `revert`, after each write that readers can see: `swap:0`, `swap:1`, `revert:0`. `createTransactions` calls it for all other
 * steps.
 */
export type OnStep = (step: string) => void | Promise<void>;

/** The operations of a kind of target on the undo data `U` of its transactions. */
export interface TransactionKind<U> {
  /** The undo data as the journal's JSON has it. It refuses the undo data of other kinds: `kind: z.literal('files')`. */
  readonly undo: z.ZodType<U>;
  outputs(undo: U): readonly string[];
  /** Whether every new output is in its place. */
  whole(undo: U): Promise<boolean>;
  /** Restores the old outputs. May be called again after a failure. Returns whether readers could see a new output. */
  revert(undo: U): Promise<boolean>;
  /** Removes the files that only `revert` needs. May be called again. */
  clean(undo: U): Promise<void>;
  /** The part of the undo data that `clean` needs; null when it will have nothing to remove. */
  leftovers(undo: U): U | null;
  /** The owned outputs after the new outputs are accepted. */
  owned(undo: U, before: readonly string[]): readonly string[];
}

/** One change of a target's outputs, not yet applied. */
export interface ChangeSet<U> {
  /** Names of the changed outputs, for the check and the journal's readers. */
  readonly outputs: readonly string[];
  /** Prepares everything that readers cannot see. Writes to the disk may still run: `swap` waits for them. */
  stage(): Promise<Staged<U>>;
  /** Removes the files that `stage` made, also after a failure of `stage`. */
  discard(): Promise<void>;
  /** Makes the new outputs visible. Durable when it resolves. */
  swap(undo: U): Promise<void>;
}

/** A staged change. */
export interface Staged<U> extends Unseen {
  readonly undo: U;
  readonly caveats: readonly string[];
}

export interface TransactionDeps {
  readonly target: string;
  readonly journal: Journal;
  readonly check?: Check | undefined;
  /** Default: of its own. */
  readonly memory?: JudgeMemory | undefined;
  readonly onStep?: OnStep | undefined;
}

export interface Transactions<U> {
  /**
   * Applies the change, or leaves everything as it was.
   *
   * @throws RollcallError as `Target.apply` does; `UNDO_FAILED` when neither was possible
   */
  run(changeSet: ChangeSet<U>, context: ApplyContext): Promise<Applied>;
  /** As `Target.judge`. The journal may name directories for the next start to tidy; nothing else changes. */
  judge(changeSet: ChangeSet<U>, context: ApplyContext): Promise<CheckVerdict | undefined>;
  /**
   * Finishes or undoes an interrupted change.
   *
   * @param ownPart returns the part of the undo data that the target's config can produce. The rest is left as it is, and the journal
   * forgets it. Default: all of it.
   * @throws RollcallError `UNDO_FAILED`: call it again later
   */
  recover(ownPart?: (undo: U) => Promise<U>): Promise<Recovered>;
}

const nothing: Recovered = { outcome: 'nothing', outputs: [] };

/**
 * Runs the changes of a target: stage, check, swap, check; after a failure it restores everything. The journal has each step
 * before the next one begins, so `recover` can continue after an interruption at any moment.
 */
export function createTransactions<U>(kind: TransactionKind<U>, deps: TransactionDeps): Transactions<U> {
  const { target, journal, memory = createJudgeMemory() } = deps;
  const reach = async (step: string): Promise<void> => deps.onStep?.(step);
  const judge = createJudge(deps.check, memory, () => reach('check'));

  async function run(changeSet: ChangeSet<U>, context: ApplyContext): Promise<Applied> {
    const command = commandOf(changeSet, context);
    const { reloadPending: pendingBefore, failed: failedBefore } = journal.record;
    const { undo, caveats } = await prepare(changeSet, command, context);
    // From here on the signal is ignored: a swap that has begun must be finished or undone.
    let verdict: CheckVerdict = { kind: 'accepted' };
    try {
      await reach('staged');
      await changeSet.swap(undo);
      context.swapped();
      await reach('swapped');
      if (judge.judgesInPlace) {
        await journal.advance({ step: 'swapped' });
        await reach('check');
        verdict = await judge.judgeInPlace(command);
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
      const error = await judge.explainInPlace(verdict, command, journal.record.owned);
      // Another program may have reloaded the consumer while the new outputs were visible. One reload for each refused digest is enough.
      const { digest } = context;
      const reloadPending = failedBefore?.digest === digest ? pendingBefore : true;
      await journal.advance({ step: 'failed', digest, undo: null, reloadPending, ...remember(error, digest) });
      throw error;
    }
    await reach('checked');
    const untidy = await clean(undo);
    await reach('cleaned');
    return { caveats: [...caveats, ...untidy] };
  }

  async function tryOut(changeSet: ChangeSet<U>, context: ApplyContext): Promise<CheckVerdict | undefined> {
    if (!judge.judgesStaged) return undefined;
    const { answer } = await stage(changeSet, commandOf(changeSet, context), context);
    await discard(changeSet, 'the check was asked only');
    return answer;
  }

  /** Stages the change, lets the check judge it before the swap, and writes the undo data. A failure here changes no output. */
  async function prepare(changeSet: ChangeSet<U>, command: CommandContext, context: ApplyContext): Promise<Staged<U>> {
    const { revision, signal } = context;
    const { staged, answer, before, caveats = [] } = await stage(changeSet, command, context);
    try {
      signal.throwIfAborted();
      if (answer === undefined) await judge.expectSound(command);
      if (answer === undefined || answer.kind === 'accepted') {
        await journal.advance({ step: 'staged', digest: '', revision, undo: staged.undo, reloadPending: true });
        return { ...staged, caveats: [...staged.caveats, ...caveats] };
      }
    } catch (error) {
      await discard(changeSet, messageOf(error));
      throw error;
    }
    await discard(changeSet, answer.reason);
    const error = await explainRefusal(answer, before);
    if (error.code === 'CHECK_REFUSED') {
      const { digest } = context;
      await journal.advance({ step: 'failed', digest, revision, ...remember(error, digest) });
    }
    throw error;
  }

  /** Stages the change and runs the check that needs no swap. When it rejects, the staged files are removed. */
  async function stage(
    changeSet: ChangeSet<U>,
    command: CommandContext,
    { signal }: ApplyContext,
  ): Promise<Judgement & { readonly staged: Staged<U> }> {
    signal.throwIfAborted();
    try {
      await reach('stage');
      const staged = await changeSet.stage();
      return { staged, ...(await judge.judgeStaged(staged, command, signal)) };
    } catch (error) {
      await discard(changeSet, messageOf(error));
      throw error;
    }
  }

  function commandOf({ outputs }: ChangeSet<U>, { revision }: ApplyContext): CommandContext {
    return { target, revision, outputs };
  }

  async function discard(changeSet: ChangeSet<U>, because: string): Promise<void> {
    try {
      await changeSet.discard();
    } catch (cause) {
      const message = `${because}; also, the staged files could not be removed: ${messageOf(cause)}`;
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

  /** Removes the backups of a swapped change. The change is complete even if this fails: then it returns a caveat. */
  async function clean(undo: U): Promise<readonly string[]> {
    const left = kind.leftovers(undo);
    if (left === null) return [];
    try {
      await kind.clean(left);
      return [];
    } catch (error) {
      return [`the backups of the old outputs could not be removed: ${messageOf(error)}`];
    }
  }

  async function recover(ownPart?: (undo: U) => Promise<U>): Promise<Recovered> {
    const { step, undo: kept } = journal.record;
    if (kept === null) return nothing;
    const interrupted = step === 'staged' || step === 'swapped';
    const parsed = kind.undo.safeParse(kept);
    if (!parsed.success) {
      if (!interrupted) return nothing;
      throw new RollcallError('UNDO_FAILED', `the journal of ${target} holds an unfinished change of another kind`, {
        retry: false,
        hint: 'Run the configuration that began it once more, or remove the journal from `stateDir` and look at the outputs.',
      });
    }
    const undo = ownPart ? await ownPart(parsed.data) : parsed.data;
    if (!interrupted) {
      await kind.clean(undo);
      return nothing;
    }
    const outputs = kind.outputs(undo);
    if (!judge.judgesInPlace && outputs.length > 0 && (await kind.whole(undo))) {
      await accept(undo, '');
      await reach('checked');
      await kind.clean(undo);
      return { outcome: 'finished', outputs };
    }
    await revert(undo, 'it was interrupted');
    await reach('reverted');
    // The reload stays pending: new outputs may have been visible for some time.
    await journal.advance({ step: 'failed', undo: null });
    return outputs.length > 0 ? { outcome: 'undone', outputs } : nothing;
  }

  return { run, judge: tryOut, recover };
}

const remember = (error: RollcallError, digest: string) =>
  error.code === 'CHECK_REFUSED' ? { failed: { digest, reason: error.message } } : {};
