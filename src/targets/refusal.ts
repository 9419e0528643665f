import { RollcallError } from '../model/errors.js';
import type { CheckVerdict } from '../ports/check.js';

export type CheckRefusal = Exclude<CheckVerdict, { readonly kind: 'accepted' }>;

/** The most characters of a check's output in an error and in the journal. */
const kept = 4000;

/**
 * Makes the error for a check that did not accept new outputs. `again` runs the check on the old outputs. When it refuses those too, the
 * new outputs may not be the cause. Without `again`, they count as the cause.
 */
export async function explainRefusal(
  refusal: CheckRefusal,
  again: (() => Promise<CheckVerdict>) | undefined,
): Promise<RollcallError> {
  if (refusal.kind === 'unanswered') return new RollcallError('CHECK_UNANSWERED', describe(refusal));
  const before: CheckVerdict = again ? await again() : { kind: 'accepted' };
  switch (before.kind) {
    case 'accepted':
      return new RollcallError('CHECK_REFUSED', describe(refusal), {
        ...adviceFor(refusal),
        cause: wordsAlone(refusal),
      });
    case 'refused':
      return brokenBefore(refusal, before);
    case 'unanswered':
      return new RollcallError(
        'CHECK_UNANSWERED',
        `the check refuses the new outputs, and does not answer for the old ones: ${describe(refusal)}\nThe old outputs: ${describe(before)}`,
      );
  }
}

/** The check's own words, so that they can be read without the command. */
function wordsAlone({ output }: CheckRefusal): Error | undefined {
  return output.trim() === '' ? undefined : new Error(output.trim());
}

function brokenBefore(refusal: CheckRefusal, before: CheckRefusal): RollcallError {
  const isSame = refusal.output === before.output;
  return new RollcallError(
    'CHECK_BROKEN_BEFORE',
    isSame
      ? `the check refuses the new and the old outputs alike: ${describe(refusal)}`
      : `the check refuses the new outputs: ${describe(refusal)}\nIt refuses the old outputs too: ${describe(before)}`,
  );
}

/**
 * True when the check says the same about new and old outputs, and none of it is about the outputs themselves: then other outputs cannot
 * help. The last part of an output's path stands for the output, because a check may print another path to it.
 */
export function isBrokenElsewhere(refusal: CheckRefusal, before: CheckRefusal, outputs: readonly string[]): boolean {
  const words = wordsOf(refusal);
  return (
    words !== '' &&
    words === wordsOf(before) &&
    !outputs.some((output) => words.includes(wordsIn(output.slice(output.lastIndexOf('/') + 1))))
  );
}

const wordsOf = ({ output }: CheckRefusal): string => wordsIn(output.trim());

/** Process ids and times differ between two runs. */
const wordsIn = (text: string): string => text.replace(/\d+/g, '0');

/** nginx: `duplicate upstream "web" in …`; HAProxy: `backend 'web' has the same name as backend 'web' declared at …`. */
const nameTaken = /duplicate upstream "|already declared for a different use|' has the same name as /;

function adviceFor({ output }: CheckRefusal): { hint?: string } {
  if (!nameTaken.test(output)) return {};
  const hint =
    'The old outputs stay. Another file of the consumer already has this name: `vars: { prefix: rc_ }` on the target makes the names different.';
  return { hint };
}

/** The reason and the check's own words, of bounded length. */
export function describe({ reason, output }: Pick<CheckRefusal, 'reason' | 'output'>): string {
  const said = output.trim();
  return said === '' ? reason : `${reason}: ${said.length > kept ? `${said.slice(0, kept)}…` : said}`;
}
