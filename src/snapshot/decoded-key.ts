import type { Candidate } from './duplicates.js';
import type { Entry } from '../model/entry.js';
import { misfitCodes } from '../model/format.js';
import type { Format, Fragment, KeyedFragment, Rejection } from '../model/format.js';
import type { Admission } from './admit.js';
import { decodeEntry } from '../model/decode-entry.js';
import type { DecodedEntry } from '../model/decode-entry.js';
import { reuseRejections } from './rejection-list.js';
import { sameFragment, sameInstance, sameRejection } from '../model/same.js';

/**
 * The decoded content of one key. `candidate`: one endpoint. `parts`: several endpoints, each valid or rejected. `fragments`:
 * the format makes endpoints from several keys, so the parts are validated when the other keys are known.
 */
export type DecodedKey =
  | Exclude<DecodedEntry, { readonly kind: 'fragments' }>
  | Candidate
  | { readonly kind: 'parts'; readonly parts: readonly (Candidate | Rejection)[] }
  | { readonly kind: 'fragments'; readonly fragments: readonly KeyedFragment[] };

/**
 * Decodes and validates a key. Returns `before` itself if the result is equal, for example after a put with the same value. If
 * only the create revision of the key differs, the instance stays the same object.
 *
 * @param requireLease reject a registration whose key has no lease
 */
export function decodeKey(
  source: string,
  format: Format,
  admit: Admission,
  entry: Entry,
  before: DecodedKey | undefined,
  requireLease = false,
): DecodedKey {
  const decoded = decode(source, format, admit, entry, before);
  const next = requireLease && entry.lease === '0' ? rejectLeaseless(source, entry, decoded) : decoded;
  return before !== undefined && sameDecodedKey(before, next) ? before : next;
}

function decode(
  source: string,
  format: Format,
  judge: Admission,
  entry: Entry,
  before: DecodedKey | undefined,
): DecodedKey {
  const reading = decodeEntry(source, format, entry);
  if (reading.kind === 'rejected') return { kind: 'rejected', rejection: withOther(reading.rejection, format, entry) };
  if (reading.kind !== 'fragments') return reading;
  const { fragments } = reading;
  if (format.assemble !== undefined)
    return { kind: 'fragments', fragments: fragments.map((part) => withKey(part, entry)) };
  const reuse = reuseRejections(before?.kind === 'parts' ? before.parts.filter(isRejection) : []);
  const parts = fragments.map((fragment) => {
    const part = judge(fragment, entry);
    return 'instance' in part ? reuseInstance(part, before) : reuse(part);
  });
  const [only] = parts;
  if (only === undefined || parts.length > 1) return { kind: 'parts', parts };
  return 'instance' in only ? only : { kind: 'rejected', rejection: withOther(only, format, entry) };
}

/** A key that is rejected for another reason, or is no registration, stays what it is. */
function rejectLeaseless(source: string, { key }: Entry, decoded: DecodedKey): DecodedKey {
  if (decoded.kind === 'rejected' || decoded.kind === 'ignored' || decoded.kind === 'pair') return decoded;
  const reason = 'the key has no lease, so it would stay when its registrant dies; the source sets `requireLease`';
  return { kind: 'rejected', rejection: Object.freeze({ source, key, code: 'no-lease', reason }) };
}

/** Names the format that reads the registration, if the source's format does not understand it and another one does. */
function withOther(rejection: Rejection, format: Format, entry: Entry): Rejection {
  const readAs =
    misfitCodes.has(rejection.code) && rejection.code !== 'not-text' ? format.findOther?.(entry) : undefined;
  if (readAs === undefined) return rejection;
  return Object.freeze({ ...rejection, reason: `${rejection.reason}; \`format: ${readAs.format}\` reads it`, readAs });
}

/** Replaces the instance by the equal one in `before`, if there is one. */
function reuseInstance(part: Candidate, before: DecodedKey | undefined): Candidate {
  if (before === undefined) return part;
  for (const old of before.kind === 'parts' ? before.parts : [before])
    if ('instance' in old && sameInstance(old.instance, part.instance)) return { ...part, instance: old.instance };
  return part;
}

function isRejection(part: Candidate | Rejection): part is Rejection {
  return !('instance' in part);
}

function sameDecodedKey(a: DecodedKey, b: DecodedKey): boolean {
  switch (a.kind) {
    case 'ignored':
      return b.kind === 'ignored';
    case 'pair':
      return b.kind === 'pair' && a.pair.key === b.pair.key && a.pair.value === b.pair.value;
    case 'rejected':
      return b.kind === 'rejected' && sameRejection(a.rejection, b.rejection);
    case 'candidate':
      return b.kind === 'candidate' && samePart(a, b);
    case 'parts':
      return b.kind === 'parts' && sameLists(a.parts, b.parts, samePart);
    case 'fragments':
      return b.kind === 'fragments' && sameLists(a.fragments, b.fragments, sameKeyed);
  }
}

function samePart(a: Candidate | Rejection, b: Candidate | Rejection): boolean {
  // Identity is enough: `reuseInstance` gave `b` the instance of `a` if they are equal.
  if ('instance' in a) return 'instance' in b && a.instance === b.instance && a.createRevision === b.createRevision;
  return !('instance' in b) && sameRejection(a, b);
}

function sameKeyed(a: KeyedFragment, b: KeyedFragment): boolean {
  return a.createRevision === b.createRevision && sameFragment(a, b);
}

function sameLists<T>(a: readonly T[], b: readonly T[], same: (a: T, b: T) => boolean): boolean {
  return a.length === b.length && a.every((item, index) => same(item, b[index] as T));
}

function withKey(part: Fragment, { key, createRevision }: Entry): KeyedFragment {
  return { ...part, key, createRevision };
}
