import type { Check, CheckVerdict, CommandContext, IsolatedVerdict, StagedFiles } from '../ports/check.js';
import { describeResult, type ProbeResult } from '../probe/probe.js';
import { showCommand } from '../process/show.js';
import { createConsumerCommand } from './consumer-command.js';
import type { IsolatedResult } from './isolated.js';
import type { ReloadRuntime } from './runtime.js';
import { STAGED } from './staged.js';

export interface CheckOptions {
  /** Program and arguments. With `{staged}` in an argument, the check runs before the swap. */
  readonly command: readonly string[];
  /** Milliseconds. */
  readonly timeout: number;
  /** Whether the check may also run isolated, before the swap. Default false. It has no meaning with `{staged}`. */
  readonly isolated?: boolean;
}

/** Milliseconds until isolation is tried again after it was impossible. */
const pauseAfterImpossible = 60_000;

/**
 * A check by a command. Exit code 0 accepts the outputs, any other refuses them. A command that is absent, killed or too slow leaves the
 * check unanswered. The verdict holds the command's output.
 */
export function createCheck(options: CheckOptions, runtime: ReloadRuntime): Check {
  const { command, timeout } = options;
  const staged = command.some((word) => word.includes(STAGED));

  async function run(context: CommandContext, signal: AbortSignal): Promise<CheckVerdict> {
    if (staged && context.staged === undefined)
      return { kind: 'unanswered', reason: `no staged file for ${STAGED}`, output: '' };
    const argv = command.map((word) => word.replaceAll(STAGED, () => context.staged ?? ''));
    return verdictOf(argv, await createConsumerCommand(argv, context, runtime).attempt(timeout, signal));
  }

  if (staged || options.isolated !== true) return { staged, run };
  return { staged, run, runIsolated: isolatedRuns(options, runtime, run) };
}

function isolatedRuns(
  { command, timeout }: CheckOptions,
  runtime: ReloadRuntime,
  runInPlace: Check['run'],
): NonNullable<Check['runIsolated']> {
  const { clock } = runtime;
  let told = '';
  let pausedUntil = -Infinity;

  return async (context, { next, present, directories }, signal) => {
    if (clock.now() < pausedUntil) return { kind: 'impossible', reason: undefined, output: '' };
    const attempt = (files: StagedFiles['next']): Promise<IsolatedResult> =>
      createConsumerCommand(command, context, runtime).attemptIsolated({ files, directories }, timeout, signal);

    const result = await attempt(next);
    if (result.kind === 'impossible') return impossible(result.reason, '', clock.now() + pauseAfterImpossible);
    const verdict = verdictOf(command, result);
    if (verdict.kind === 'accepted') return verdict;
    const { kind, reason, output } = verdict;
    if (kind === 'unanswered') return { kind, reason, output };

    const before = await attempt(present);
    if (before.kind === 'passed') return { kind, reason, output, before: { kind: 'accepted' } };
    const inPlace = await runInPlace(context, signal);
    if (inPlace.kind !== 'accepted') return { kind, reason, output, before: inPlace };
    // The cause may have gone meanwhile: then isolation is not to blame, and the new files are tried again.
    if ((await attempt(present)).kind === 'passed') return { kind, reason, output, before: { kind: 'accepted' } };
    const refused = before.kind === 'impossible' ? before : verdictOf(command, before);
    const [why, words] =
      refused.kind === 'accepted' ? ['', ''] : [refused.reason, 'output' in refused ? refused.output : ''];
    const until = clock.now() + pauseAfterImpossible;
    return impossible(`isolated, the check refuses what it accepts in place: ${why}`, words, until);
  };

  function impossible(reason: string, output: string, until: number): IsolatedVerdict {
    pausedUntil = until;
    // The same words have other process ids and times each time.
    const words = `${reason}: ${output}`.replace(/\d+/g, '0');
    const isNews = told !== words;
    told = words;
    return { kind: 'impossible', reason: isNews ? reason : undefined, output };
  }
}

function verdictOf(argv: readonly string[], result: ProbeResult): CheckVerdict {
  if (result.kind === 'passed') return { kind: 'accepted' };
  return {
    kind: result.kind === 'failed' ? 'refused' : 'unanswered',
    reason: describeResult(`check \`${showCommand(argv)}\``, result),
    output: result.output,
  };
}
