import type { Entry } from './entry.js';
import type { Format, Fragment, KeyedFragment, Rejection, RejectionCode } from './format.js';
import type { Pair } from './pair.js';
import { sameFragment, sameRejection } from './same.js';

/** What one key turned out to say. */
export type Reading =
  | { readonly kind: 'pair'; readonly pair: Pair }
  | { readonly kind: 'ignored' }
  | { readonly kind: 'rejected'; readonly rejection: Rejection }
  | { readonly kind: 'fragments'; readonly fragments: readonly KeyedFragment[] };

/** Reads one key of a source by its format. */
export function readEntry(source: string, format: Format, entry: Entry): Reading {
  const { key } = entry;
  const reject = (code: RejectionCode, reason: string): Reading => ({
    kind: 'rejected',
    rejection: Object.freeze({ source, key, code, reason }),
  });
  // Bytes that are no UTF-8 arrive as lone surrogates.
  if (!key.isWellFormed()) return reject('not-text', 'the key is not UTF-8');
  if (!entry.value.isWellFormed()) return reject('not-text', 'the value is not UTF-8');
  const decoded = format.decode(entry);
  if ('rejected' in decoded) return reject(decoded.rejected, decoded.reason);
  if ('ignored' in decoded) return { kind: 'ignored' };
  if ('pair' in decoded) return { kind: 'pair', pair: Object.freeze(decoded.pair) };
  return { kind: 'fragments', fragments: decoded.fragments.map((part) => nameKey(part, entry)) };
}

/** Whether a key still says what it said: a value rewritten without a change, or a lease renewed by a new put. */
export function sameReading(a: Reading, b: Reading): boolean {
  switch (a.kind) {
    case 'ignored':
      return b.kind === 'ignored';
    case 'pair':
      return b.kind === 'pair' && a.pair.key === b.pair.key && a.pair.value === b.pair.value;
    case 'rejected':
      return b.kind === 'rejected' && sameRejection(a.rejection, b.rejection);
    case 'fragments':
      return b.kind === 'fragments' && sameFragments(a.fragments, b.fragments);
  }
}

function sameFragments(a: readonly KeyedFragment[], b: readonly KeyedFragment[]): boolean {
  return (
    a.length === b.length &&
    a.every((fragment, index) => {
      const other = b[index];
      return other?.createRevision === fragment.createRevision && sameFragment(fragment, other);
    })
  );
}

/** Field by field: of tens of thousands of keys, objects of one shape cost half as much as spread ones. */
function nameKey(part: Fragment, { key, createRevision }: Entry): KeyedFragment {
  const { service, id, address, port, weight, scheme, zone, version, tags, metadata, status } = part;
  return { service, id, address, port, weight, scheme, zone, version, tags, metadata, status, key, createRevision };
}
