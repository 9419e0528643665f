import { RollcallError } from '../model/errors.js';
import { identifyQuarantine, withoutQuarantined } from '../model/quarantine.js';
import type { Quarantine, View } from '../model/view.js';

/** What one rendering of all outputs of a target made. It is not used while `rejected` is not empty. */
export interface Attempt<T> {
  readonly made: T;
  readonly rejected: readonly Quarantine[];
  /** Host names that the outputs do not contain. The outputs are used nevertheless. */
  readonly omitted?: readonly Quarantine[];
}

/**
 * Renders until nothing is rejected. What one output rejects is in none of the target's outputs: a proxy that knows a
 * backend in one file and not in another is worse off than one that does not know it.
 *
 * @throws RollcallError `EXPECTED_REJECTED` when `render` rejects an expected service whatever is left out of it; and what `render`
 * throws
 */
export function renderWithoutRejected<T>(
  view: View,
  render: (view: View) => Attempt<T>,
): { readonly made: T; readonly quarantined: readonly Quarantine[] } {
  const quarantined = new Map<string, Quarantine>();
  for (;;) {
    const { made, rejected, omitted = [] } = render(withoutQuarantined(view, [...quarantined.values()]));
    if (rejected.length === 0) {
      for (const each of omitted) quarantined.set(identifyQuarantine(each), each);
      return { made, quarantined: [...quarantined.values()] };
    }
    const before = quarantined.size;
    for (const each of rejected) {
      const identity = identifyQuarantine(each);
      if (!quarantined.has(identity)) quarantined.set(identity, each);
    }
    const [first] = rejected;
    if (quarantined.size === before && first)
      throw new RollcallError('EXPECTED_REJECTED', `service ${first.service} cannot be left out: ${first.reason}`);
  }
}
