import { RollcallError } from '../model/errors.js';
import type { Check, CheckVerdict, CommandContext, StagedFiles } from '../ports/check.js';
import { describe, explainRefusal, isBrokenElsewhere, type CheckRefusal } from './refusal.js';

/** The memory of one target's checks, over all passes of this process. */
export interface JudgeMemory {
  /** The check in place said the same about new and old outputs, and nothing about the outputs: the cause is elsewhere. */
  brokenElsewhere: boolean;
}

export const createJudgeMemory = (): JudgeMemory => ({ brokenElsewhere: false });

/** What a check is shown of a staged change. */
export interface Unseen {
  /** For `{staged}`: the new file before the swap, and the old file that it replaces, if there is one. */
  readonly staged?: string | undefined;
  readonly replaced?: string | undefined;
  /** For an isolated check. Absent: the kind's outputs are no files, or cannot be hidden. */
  readonly files?: StagedFiles | undefined;
}

/** The judgement of a staged change. */
export interface Judgement {
  /** Absent: the check cannot judge it before the swap, or there is no check. */
  readonly answer?: CheckVerdict;
  /** Runs the check on the old outputs, after a refusal. */
  readonly before?: (() => Promise<CheckVerdict>) | undefined;
  readonly caveats?: readonly string[];
}

/** The check of one target, asked at the right time. */
export interface Judge {
  /** Whether it may judge a change before the swap. */
  readonly judgesStaged: boolean;
  /** Whether it judges a change after the swap. */
  readonly judgesInPlace: boolean;
  /** Judges a staged change, with `{staged}` or isolated. */
  judgeStaged(unseen: Unseen, command: CommandContext, signal: AbortSignal): Promise<Judgement>;
  /** While the cause of a refusal is elsewhere, new outputs would only come and go. @throws RollcallError `CHECK_BROKEN_BEFORE` */
  expectSound(command: CommandContext): Promise<void>;
  /** Judges the swapped outputs. Only the check's own timeout ends it. */
  judgeInPlace(command: CommandContext): Promise<CheckVerdict>;
  /** Makes the error for outputs that `judgeInPlace` did not accept. The old ones are back. @param owned outputs of the target */
  explainInPlace(refusal: CheckRefusal, command: CommandContext, owned: readonly string[]): Promise<RollcallError>;
}

/** @param reach called before a staged change is judged, see `OnStep` */
export function createJudge(check: Check | undefined, memory: JudgeMemory, reach: () => Promise<void>): Judge {
  const early = check?.staged === true ? check : undefined;
  const late = check?.staged === false ? check : undefined;

  const judgeInPlace = async (command: CommandContext): Promise<CheckVerdict> =>
    late ? late.run(command, new AbortController().signal) : { kind: 'accepted' };

  return {
    judgesStaged: early !== undefined || late?.runIsolated !== undefined,
    judgesInPlace: late !== undefined,
    judgeInPlace,
    async judgeStaged({ staged, replaced, files }, command, signal) {
      // If a change only removes files, there is no file for `{staged}`.
      if (early && staged !== undefined) {
        await reach();
        const answer = await early.run({ ...command, staged }, signal);
        const before = replaced === undefined ? undefined : () => early.run({ ...command, staged: replaced }, signal);
        return { answer, before };
      }
      if (!late?.runIsolated || !files) return {};
      await reach();
      const answer = await late.runIsolated(command, files, signal);
      if (answer.kind === 'refused') return { answer, before: () => Promise.resolve(answer.before) };
      if (answer.kind !== 'impossible') return { answer };
      const { reason, output } = answer;
      if (reason === undefined) return {};
      return {
        caveats: [`the check runs after the swap only: it cannot be isolated: ${describe({ reason, output })}`],
      };
    },
    async expectSound(command) {
      if (!memory.brokenElsewhere) return;
      const verdict = await judgeInPlace(command);
      memory.brokenElsewhere = verdict.kind === 'refused';
      if (verdict.kind !== 'refused') return;
      const message = `the check refuses what stands, so nothing was changed: ${describe(verdict)}`;
      throw new RollcallError('CHECK_BROKEN_BEFORE', message);
    },
    async explainInPlace(refusal, command, owned) {
      const old: { verdict?: CheckVerdict } = {};
      const again = async (): Promise<CheckVerdict> => (old.verdict = await judgeInPlace(command));
      const error = await explainRefusal(refusal, again);
      const outputs = [...command.outputs, ...owned];
      memory.brokenElsewhere = old.verdict?.kind === 'refused' && isBrokenElsewhere(refusal, old.verdict, outputs);
      return error;
    },
  };
}
