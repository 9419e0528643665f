import { RollcallError } from '../model/errors.js';
import type { CheckVerdict } from '../ports.js';

export type CheckRefusal = Exclude<CheckVerdict, { readonly kind: 'accepted' }>;

/** Characters of a check's output that an error and the journal keep. */
const kept = 4000;

/**
 * Whose fault is it that a check did not accept new outputs? `again` runs the check on the outputs that are back in
 * place: when it refuses those too, it was broken all along, and the new outputs are not to explainRefusal. Without `again`
 * there is nothing to compare with.
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
      return new RollcallError('CHECK_BROKEN_BEFORE', `with new and with old outputs, ${describe(before)}`);
    case 'unanswered':
      return new RollcallError(
        'CHECK_UNANSWERED',
        `the new outputs were refused, and with the old ones back ${describe(before)}`,
      );
  }
}

/** nginx: `duplicate upstream "web" in …`; HAProxy: `backend 'web' has the same name as backend 'web' declared at …`. */
const nameTaken = /duplicate upstream "|' has the same name as /;

function adviceFor({ output }: CheckRefusal): { hint?: string } {
  if (!nameTaken.test(output)) return {};
  const hint =
    'The old outputs are back. The consumer has this name already, from a file of yours: `vars: { prefix: rc_ }` on the target keeps the names apart.';
  return { hint };
}

function describe({ reason, output }: CheckRefusal): string {
  const said = output.trim();
  return said === '' ? reason : `${reason}: ${said.length > kept ? `${said.slice(0, kept)}…` : said}`;
}
