import type { Journal, TargetRecord } from '../ports/journal.js';

/** Stands for the words of a check about secret outputs. */
const unkeptReason = 'the check refused the outputs; its words are not kept, because the target is secret';

/**
 * The same journal, which keeps no words of a check: a check may quote the contents that it refuses, and the journal outlives the
 * transaction.
 */
export function withoutReasons(journal: Journal): Journal {
  return {
    get record() {
      return journal.record;
    },
    advance: (patch) => journal.advance(patch.failed ? { ...patch, failed: withoutReason(patch.failed) } : patch),
  };
}

/** Removes the words of a check that an earlier process kept, before the target was secret. */
export async function forgetReason(journal: Journal): Promise<void> {
  const { failed } = journal.record;
  if (failed && failed.reason !== unkeptReason) await journal.advance({ failed: withoutReason(failed) });
}

const withoutReason = (failed: NonNullable<TargetRecord['failed']>): TargetRecord['failed'] => ({
  ...failed,
  reason: unkeptReason,
});
