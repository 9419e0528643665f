import type { Entry } from './entry.js';
import type { Format, Fragment, Rejection, RejectionCode } from './format.js';
import type { Pair } from './pair.js';

/** What one key turned out to say. */
export type DecodedEntry =
  | { readonly kind: 'pair'; readonly pair: Pair }
  | { readonly kind: 'ignored' }
  | { readonly kind: 'rejected'; readonly rejection: Rejection }
  | { readonly kind: 'fragments'; readonly fragments: readonly Fragment[] };

const ignored: DecodedEntry = { kind: 'ignored' };

/** Reads one key of a source by its format. */
export function decodeEntry(source: string, format: Format, entry: Entry): DecodedEntry {
  const { key } = entry;
  const reject = (code: RejectionCode, reason: string): DecodedEntry => ({
    kind: 'rejected',
    rejection: Object.freeze({ source, key, code, reason }),
  });
  // Bytes that are no UTF-8 arrive as lone surrogates.
  if (!key.isWellFormed()) return reject('not-text', 'the key is not UTF-8');
  if (!entry.value.isWellFormed()) return reject('not-text', 'the value is not UTF-8');
  const decoded = format.decode(entry);
  if ('rejected' in decoded) return reject(decoded.rejected, decoded.reason);
  if ('ignored' in decoded) return ignored;
  if ('pair' in decoded) return { kind: 'pair', pair: Object.freeze(decoded.pair) };
  return { kind: 'fragments', fragments: decoded.fragments };
}
