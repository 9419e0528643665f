import type { Difference, Preview } from '../../ports/output.js';
import { hideContents } from '../secret.js';
import { conflictsOf, diffSkydns, type ObservedRecords } from './diff.js';
import type { DesiredRecords } from './desired.js';

/** The changes, key by key. @param secret the values must not be shown */
export function previewSkydns(desired: DesiredRecords, observed: ObservedRecords, secret: boolean): Preview {
  const differences = diffSkydns(desired, observed).map(({ action, output, before, after }): Difference => ({
    action,
    output,
    form: 'value',
    before: before ?? undefined,
    after: after ?? undefined,
    notes: [],
  }));
  return {
    differences: secret ? differences.map(hideContents) : differences,
    conflicts: conflictsOf(desired, observed),
  };
}
