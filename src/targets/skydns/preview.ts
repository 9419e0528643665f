import type { Difference, Preview } from '../../ports.js';
import { conflictsOf, diffSkydns, type ObservedRecords } from './diff.js';
import type { DesiredRecords } from './desired.js';

/** What would change, key by key. */
export function previewSkydns(want: DesiredRecords, seen: ObservedRecords): Preview {
  const differences = diffSkydns(want, seen).map(({ action, output, before, after }): Difference => ({
    action,
    output,
    form: 'value',
    before: before ?? undefined,
    after: after ?? undefined,
    notes: [],
  }));
  return { differences, conflicts: conflictsOf(want, seen) };
}
