import { gunzipSync } from 'node:zlib';
import type { Difference, Preview } from '../../ports/output.js';
import { hideContents } from '../secret.js';
import { mostBytes } from './content.js';
import { conflictsOf, diffObjects, type Comparison, type ObjectChange, type ObservedObjects } from './diff.js';

/** The changes, key by key. @param secret the values must not be shown */
export function previewObjects(observed: ObservedObjects, comparison: Comparison, secret: boolean): Preview {
  const differences = diffObjects(observed, comparison).map((change) => describe(change, comparison.spec.compress));
  return {
    differences: secret ? differences.map(hideContents) : differences,
    conflicts: [...conflictsOf(observed, comparison).keys()].sort(),
  };
}

function describe({ action, output, before, after, write }: ObjectChange, isCompressed: boolean): Difference {
  const notes = before === undefined && after === undefined && action === 'update' ? ['labels or annotations'] : [];
  if (write.after && write.isMetadataOnly) notes.push('the data stays');
  return {
    ...{ action, output, form: 'lines' },
    before: before && textOf(before, isCompressed),
    after: after?.text,
    notes,
  };
}

/** The text of a stored value. One that is not compressed is shown as it is. */
function textOf(stored: Buffer, isCompressed: boolean): string {
  if (!isCompressed) return stored.toString();
  try {
    return gunzipSync(stored, { maxOutputLength: 64 * mostBytes }).toString();
  } catch {
    return stored.toString();
  }
}
