import type { Preview } from '../../ports/output.js';
import { hideContents } from '../secret.js';
import type { Comparison, ObservedServices } from './changes.js';
import { diffServices } from './diff.js';

/** The changes, Service by Service and group by group. @param secret the contents must not be shown */
export function previewServices(observed: ObservedServices, comparison: Comparison, secret: boolean): Preview {
  const { changes, conflicts } = diffServices(observed, comparison);
  const differences = changes.map(({ action, output, before, after }) => ({
    ...{ action, output, form: 'lines' as const, before, after },
    notes: action === 'update' && before === after ? ['metadata, or the distribution over slices'] : [],
  }));
  return {
    differences: secret ? differences.map(hideContents) : differences,
    conflicts: [...conflicts.keys()].sort(),
  };
}
