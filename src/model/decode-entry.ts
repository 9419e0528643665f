import type { Entry } from './entry.js';
import type { Format, Fragment, Rejection, RejectionCode } from './format.js';
import type { Pair } from './pair.js';

/** The decoded content of one key. */
export type DecodedEntry =
  | { readonly kind: 'pair'; readonly pair: Pair }
  | { readonly kind: 'ignored' }
  | { readonly kind: 'rejected'; readonly rejection: Rejection }
  | { readonly kind: 'fragments'; readonly fragments: readonly Fragment[] };

const ignored: DecodedEntry = { kind: 'ignored' };

/** Decodes one key of a source with its format. Never throws. */
export function decodeEntry(source: string, format: Format, entry: Entry): DecodedEntry {
  const { key } = entry;
  const reject = (code: RejectionCode, reason: string): DecodedEntry => ({
    kind: 'rejected',
    rejection: Object.freeze({ source, key, code, reason }),
  });
  // Bytes that are not UTF-8 were decoded as lone surrogates.
  if (!key.isWellFormed()) return reject('not-text', 'the key is not UTF-8');
  if (!entry.value.isWellFormed()) return reject('not-text', 'the value is not UTF-8');
  const decoded = format.decode(entry);
  if ('rejected' in decoded) return reject(decoded.rejected, decoded.reason);
  if ('ignored' in decoded) return ignored;
  if ('pair' in decoded) return { kind: 'pair', pair: Object.freeze(decoded.pair) };
  return { kind: 'fragments', fragments: decoded.fragments };
}
