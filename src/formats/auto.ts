import type { z } from 'zod';
import type { Entry } from '../model/entry.js';
import type { Format, RejectionCode } from '../model/format.js';
import { readEntry } from '../model/reading.js';
import { validateFragment } from '../model/validate.js';
import { json, jsonOptions } from './json.js';
import type { FormatContext } from './kind.js';
import { plain } from './plain.js';

/** What `auto` can turn out to be. */
export type AutoChoice = 'plain' | 'json';

/** `json` has every option that `plain` has. */
export const autoOptions = jsonOptions;
export type AutoOptions = z.output<typeof autoOptions>;

/** How many keys are registrations by each format, and how many by neither. */
interface Votes {
  readonly plain: number;
  readonly json: number;
  readonly neither: number;
}

/** What the keys of a source say of its format. */
export type Detection =
  | { readonly kind: 'decided'; readonly format: AutoChoice; readonly votes: Votes }
  /** No key is a registration by either format: ask again when there are more. */
  | { readonly kind: 'undecided'; readonly votes: Votes }
  /** The values are Kubernetes objects. That is its own store: nothing in it is a registration. `keys`: how many. */
  | { readonly kind: 'kubernetes'; readonly keys: number; readonly votes: Votes };

/**
 * The format that most keys of a source have; of thousands, a sample that is of one mind speaks for all. A key counts for the format that makes an instance of it, or that recognises it
 * and refuses it for what it says (a wildcard address, another service's name). Markers, bare words without a port
 * (unless `defaultPort` is set) and other noise count for none. At a tie it is json, which nothing else looks like by chance.
 * Pure, and independent of the order of the keys.
 */
export function detectFormat(
  entries: readonly Entry[],
  { depth, defaultPort, fields, zeroWeight }: AutoOptions,
  context: FormatContext = {},
): Detection {
  const formats = {
    plain: plain.create({ depth, defaultPort }, context),
    json: json.create({ depth, defaultPort, fields, zeroWeight }, context),
  };
  const some = sampleOf(entries);
  let { votes, kubernetes } = count(some, formats);
  if (some.length < entries.length && Math.max(votes.plain, votes.json) < clear * some.length)
    ({ votes, kubernetes } = count(entries, formats));
  // One stray value must not stop a source of good ones.
  if (kubernetes > votes.plain + votes.json) return { kind: 'kubernetes', keys: kubernetes, votes };
  if (votes.plain + votes.json === 0) return { kind: 'undecided', votes };
  return { kind: 'decided', format: votes.plain > votes.json ? 'plain' : 'json', votes };
}

/** Keys that are asked at first; all of them are asked when these do not agree by `clear`. */
const sample = 1000;
const clear = 0.9;

/**
 * Spread over all keys as multiples of the golden ratio are: evenly, and in step with no pattern of theirs (two keys to an
 * instance, say), so that nine in ten of a thousand cannot speak for less than half of all.
 */
function sampleOf(entries: readonly Entry[]): readonly Entry[] {
  if (entries.length <= 2 * sample) return entries;
  const ratio = (Math.sqrt(5) - 1) / 2;
  return Array.from({ length: sample }, (_, n) => {
    const turns = n * ratio;
    return entries[Math.floor((turns - Math.floor(turns)) * entries.length)];
  }).filter((entry) => entry !== undefined);
}

function count(
  entries: readonly Entry[],
  formats: Readonly<Record<AutoChoice, Format>>,
): { votes: Votes; kubernetes: number } {
  let kubernetes = 0;
  const votes = { plain: 0, json: 0, neither: 0 };
  for (const entry of entries) {
    if (entry.value.startsWith('k8s\0')) kubernetes++;
    else if (isRegistration(formats.json, entry)) votes.json++;
    else if (isRegistration(formats.plain, entry)) votes.plain++;
    else votes.neither++;
  }
  return { votes, kubernetes };
}

const recognised: ReadonlySet<RejectionCode> = new Set<RejectionCode>([
  'wildcard-address',
  'bad-weight',
  'bad-status',
  'name-mismatch',
]);

function isRegistration(format: Format, entry: Entry): boolean {
  const reading = readEntry('', format, entry);
  if (reading.kind === 'rejected') return recognised.has(reading.rejection.code);
  if (reading.kind !== 'fragments') return false;
  return reading.fragments.some((fragment) => {
    const judged = validateFragment(fragment, { source: '', key: entry.key });
    return !('rejected' in judged) || recognised.has(judged.rejected);
  });
}
