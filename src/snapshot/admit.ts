import { compileAddressRules } from '../model/addresses.js';
import type { AddressRules } from '../model/addresses.js';
import type { Candidate } from './duplicates.js';
import { compileFilter } from '../model/filter.js';
import type { InstanceFilter } from '../model/filter.js';
import type { Fragment, Rejection } from '../model/format.js';
import { sortKeyOf } from '../model/order.js';
import { createInterner } from '../model/interner.js';
import { validateFragment } from '../model/validate.js';

export interface AdmissionOptions {
  readonly source: string;
  readonly select?: InstanceFilter;
  readonly addresses?: AddressRules;
}

/** Turns a complete fragment of a key into a candidate or a rejection, without regard to other keys. */
export type Admission = (fragment: Fragment, from: { key: string; createRevision: string }) => Candidate | Rejection;

/** @throws RangeError for a line of `addresses` that is no CIDR block. */
export function createAdmission({ source, select, addresses }: AdmissionOptions): Admission {
  const refusesAddress = addresses === undefined ? undefined : compileAddressRules(addresses);
  const matches = compileFilter(select);
  const interner = createInterner();
  return (fragment, { key, createRevision }) => {
    const instance = validateFragment(fragment, { source, key }, interner);
    if ('rejected' in instance) return Object.freeze({ source, key, code: instance.rejected, reason: instance.reason });
    const refusal = refusesAddress?.(instance);
    if (refusal !== undefined) return Object.freeze({ source, key, code: 'address-denied', reason: refusal });
    const { position, rank } = sortKeyOf(instance);
    return {
      kind: 'candidate',
      instance,
      createRevision,
      position: position,
      rank,
      selected: matches?.(instance) ?? true,
    };
  };
}
