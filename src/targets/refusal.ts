import { RollcallError } from '../model/errors.js';
import type { CheckVerdict } from '../ports.js';

export type CheckRefusal = Exclude<CheckVerdict, { readonly kind: 'accepted' }>;

/** The most characters of a check's output in an error and in the journal. */
const kept = 4000;

/**
 * Makes the error for a check that did not accept new outputs. `again` runs the check on the restored old outputs. When it
 * refuses those too, something outside the outputs is broken, and the new outputs are not the cause. Without `again`, the new
 * outputs count as the cause.
 */
export async function explainRefusal(
  refusal: CheckRefusal,
  again: (() => Promise<CheckVerdict>) | undefined,
): Promise<RollcallError> {
  if (refusal.kind === 'unanswered') return new RollcallError('CHECK_UNANSWERED', describe(refusal));
  const before: CheckVerdict = again ? await again() : { kind: 'accepted' };
  switch (before.kind) {
    case 'accepted':
      return new RollcallError('CHECK_REFUSED', describe(refusal), adviceFor(refusal));
    case 'refused':
      return new RollcallError(
        'CHECK_BROKEN_BEFORE',
        `the check refuses the new and the old outputs: ${describe(before)}`,
      );
    case 'unanswered':
      return new RollcallError(
        'CHECK_UNANSWERED',
        `the check refused the new outputs, and did not answer for the old ones: ${describe(before)}`,
      );
  }
}

/** nginx: `duplicate upstream "web" in …`; HAProxy: `backend 'web' has the same name as backend 'web' declared at …`. */
const nameTaken = /duplicate upstream "|' has the same name as /;

function adviceFor({ output }: CheckRefusal): { hint?: string } {
  if (!nameTaken.test(output)) return {};
  const hint =
    'rollcall has restored the old outputs. Another file of the consumer already has this name: `vars: { prefix: rc_ }` on the target makes the names different.';
  return { hint };
}

function describe({ reason, output }: CheckRefusal): string {
  const said = output.trim();
  return said === '' ? reason : `${reason}: ${said.length > kept ? `${said.slice(0, kept)}…` : said}`;
}
