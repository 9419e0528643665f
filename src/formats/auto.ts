import type { z } from 'zod';
import type { Entry } from '../model/entry.js';
import type { Format, RejectionCode } from '../model/format.js';
import { decodeEntry } from '../model/decode-entry.js';
import { validateFragment } from '../model/validate.js';
import { autoChoices, resolveChoice } from './choice.js';
import type { AutoChoice } from './choice.js';
import { recognise } from './fingerprints.js';
import { jsonOptions } from './json.js';
import type { FormatContext } from './kind.js';
import { createFormat } from './registry.js';
import { takeSample } from './sample.js';

/** The options of `json`. They include every option of another format that makes sense before the format is known. */
export const autoOptions = jsonOptions;
export type AutoOptions = z.output<typeof autoOptions>;

/** How many keys each format reads as registrations, and how many keys no format reads. A framework's format is absent without votes. */
type Votes = Readonly<Record<'plain' | 'json' | 'neither', number> & Partial<Record<AutoChoice, number>>>;

/** The format that the keys of a source point to. */
export type Detection =
  | { readonly kind: 'decided'; readonly format: AutoChoice; readonly votes: Votes }
  /** No format reads any key as a registration. Detect again when the source has more keys. */
  | { readonly kind: 'undecided'; readonly votes: Votes }
  /** The values are Kubernetes objects: the prefix is in the store of a cluster and has no registrations. `keys`: how many. */
  | { readonly kind: 'kubernetes'; readonly keys: number; readonly votes: Votes };

/**
 * Finds the format that most keys of a source have. In a large source, a sample decides when at least 90 % of it agrees; otherwise all
 * keys are counted. A key that looks like a framework's counts for the format of this framework, if the format can read it. Any other key
 * counts for `json` or `plain`: for the first one that decodes an instance, or that recognises the value but rejects what it says (a
 * wildcard address, another service's name). Markers, words without a port (unless `defaultPort` is set) and other values count for no
 * format. In a tie, the format that comes first in `autoChoices` wins. Pure, and independent of the order of the keys.
 */
export function detectFormat(entries: readonly Entry[], options: AutoOptions, context: FormatContext = {}): Detection {
  const formats = new Map<AutoChoice, Format>();
  const formatOf = (choice: AutoChoice): Format => {
    const format = formats.get(choice) ?? createFormat(resolveChoice(choice, options), context);
    formats.set(choice, format);
    return format;
  };
  const sampled = takeSample(entries, sampleSize);
  let { votes, kubernetes } = countVotes(sampled, formatOf);
  if (sampled.length < entries.length && (votes[findWinner(votes)] ?? 0) < clearMajority * sampled.length)
    ({ votes, kubernetes } = countVotes(entries, formatOf));
  const registrations = totalVotes(votes) - votes.neither;
  // A few Kubernetes objects must not stop a source of valid registrations.
  if (kubernetes > registrations) return { kind: 'kubernetes', keys: kubernetes, votes };
  return registrations === 0 ? { kind: 'undecided', votes } : { kind: 'decided', format: findWinner(votes), votes };
}

/** How many keys are read first. When fewer than `clearMajority` of them agree, all keys are read. */
const sampleSize = 250;
const clearMajority = 0.9;

function countVotes(
  entries: readonly Entry[],
  formatOf: (choice: AutoChoice) => Format,
): { votes: Votes; kubernetes: number } {
  let kubernetes = 0;
  const votes: { -readonly [name in keyof Votes]: Votes[name] } = { plain: 0, json: 0, neither: 0 };
  for (const entry of entries) {
    if (entry.value.startsWith('k8s\0')) kubernetes++;
    else {
      const choice = choose(entry, formatOf) ?? 'neither';
      votes[choice] = (votes[choice] ?? 0) + 1;
    }
  }
  return { votes, kubernetes };
}

function totalVotes(votes: Votes): number {
  return Object.values(votes).reduce((sum, count) => sum + count, 0);
}

function findWinner(votes: Votes): AutoChoice {
  return autoChoices.reduce((best, choice) => ((votes[choice] ?? 0) > (votes[best] ?? 0) ? choice : best));
}

function choose(entry: Entry, formatOf: (choice: AutoChoice) => Format): AutoChoice | undefined {
  const recognised = recognise(entry.key, entry.value);
  if (recognised === 'foreign') return undefined;
  if (recognised !== undefined) return isReadable(formatOf(recognised), entry) ? recognised : undefined;
  if (isRegistration(formatOf('json'), entry)) return 'json';
  return isRegistration(formatOf('plain'), entry) ? 'plain' : undefined;
}

/** Rejections that mean that the entry is not of the format. */
const unreadableCodes: ReadonlySet<RejectionCode> = new Set<RejectionCode>([
  'not-text',
  'not-recognised',
  'key-mismatch',
]);

/** Whether the format can read the entry: the entry is not a marker, and any rejection is about its content. */
function isReadable(format: Format, entry: Entry): boolean {
  const reading = decodeEntry('', format, entry);
  if (reading.kind === 'rejected') return !unreadableCodes.has(reading.rejection.code);
  return reading.kind === 'fragments' && reading.fragments.length > 0;
}

/** Rejections that prove that the format understood the value. */
const recognisedCodes: ReadonlySet<RejectionCode> = new Set<RejectionCode>([
  'wildcard-address',
  'bad-weight',
  'bad-status',
  'name-mismatch',
]);

function isRegistration(format: Format, entry: Entry): boolean {
  const reading = decodeEntry('', format, entry);
  if (reading.kind === 'rejected') return recognisedCodes.has(reading.rejection.code);
  if (reading.kind !== 'fragments') return false;
  return reading.fragments.some((fragment) => {
    const instance = validateFragment(fragment, { source: '', key: entry.key });
    return !('rejected' in instance) || recognisedCodes.has(instance.rejected);
  });
}
