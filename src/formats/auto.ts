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

/** `json` has every option that the others have of those that a prefix can set for whatever it holds. */
export const autoOptions = jsonOptions;
export type AutoOptions = z.output<typeof autoOptions>;

/** How many keys are registrations by each format, and how many by none. Formats of frameworks are there when a key is theirs. */
type Votes = Readonly<Record<'plain' | 'json' | 'neither', number> & Partial<Record<AutoChoice, number>>>;

/** What the keys of a source say of its format. */
export type Detection =
  | { readonly kind: 'decided'; readonly format: AutoChoice; readonly votes: Votes }
  /** No key is a registration by any format: ask again when there are more. */
  | { readonly kind: 'undecided'; readonly votes: Votes }
  /** The values are Kubernetes objects. That is its own store: nothing in it is a registration. `keys`: how many. */
  | { readonly kind: 'kubernetes'; readonly keys: number; readonly votes: Votes };

/**
 * The format that most keys of a source have; of thousands, a sample that is of one mind speaks for all. A key that looks like a
 * framework's counts for its format, if that takes it for a registration. Any other counts for `json` or `plain`, whichever makes an
 * instance of it, or recognises it and refuses it for what it says (a wildcard address, another service's name). Markers, bare
 * words without a port (unless `defaultPort` is set) and other noise count for none. A tie is for the one that it takes more to
 * be taken for. Pure, and independent of the order of the keys.
 */
export function detectFormat(entries: readonly Entry[], options: AutoOptions, context: FormatContext = {}): Detection {
  const formats = new Map<AutoChoice, Format>();
  const formatOf = (choice: AutoChoice): Format => {
    const format = formats.get(choice) ?? createFormat(resolveChoice(choice, options), context);
    formats.set(choice, format);
    return format;
  };
  const some = takeSample(entries, sample);
  let { votes, kubernetes } = count(some, formatOf);
  if (some.length < entries.length && (votes[winnerOf(votes)] ?? 0) < clear * some.length)
    ({ votes, kubernetes } = count(entries, formatOf));
  const given = entries.length === 0 ? 0 : sumOf(votes) - votes.neither;
  // One stray value must not stop a source of good ones.
  if (kubernetes > given) return { kind: 'kubernetes', keys: kubernetes, votes };
  return given === 0 ? { kind: 'undecided', votes } : { kind: 'decided', format: winnerOf(votes), votes };
}

/** Keys that are asked at first; all of them are asked when these do not agree by `clear`. */
const sample = 250;
const clear = 0.9;

function count(
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

function sumOf(votes: Votes): number {
  return Object.values(votes).reduce((sum, some) => sum + some, 0);
}

function winnerOf(votes: Votes): AutoChoice {
  return autoChoices.reduce((best, choice) => ((votes[choice] ?? 0) > (votes[best] ?? 0) ? choice : best));
}

function choose(entry: Entry, formatOf: (choice: AutoChoice) => Format): AutoChoice | undefined {
  const looks = recognise(entry.key, entry.value);
  if (looks === 'foreign') return undefined;
  if (looks !== undefined) return isTaken(formatOf(looks), entry) ? looks : undefined;
  if (isRegistration(formatOf('json'), entry)) return 'json';
  return isRegistration(formatOf('plain'), entry) ? 'plain' : undefined;
}

const unread: ReadonlySet<RejectionCode> = new Set<RejectionCode>(['not-text', 'not-recognised', 'key-mismatch']);

/** Its looks say what it is meant to be; the format says that it is no marker, and not beyond reading. */
function isTaken(format: Format, entry: Entry): boolean {
  const reading = decodeEntry('', format, entry);
  if (reading.kind === 'rejected') return !unread.has(reading.rejection.code);
  return reading.kind === 'fragments' && reading.fragments.length > 0;
}

const recognised: ReadonlySet<RejectionCode> = new Set<RejectionCode>([
  'wildcard-address',
  'bad-weight',
  'bad-status',
  'name-mismatch',
]);

function isRegistration(format: Format, entry: Entry): boolean {
  const reading = decodeEntry('', format, entry);
  if (reading.kind === 'rejected') return recognised.has(reading.rejection.code);
  if (reading.kind !== 'fragments') return false;
  return reading.fragments.some((fragment) => {
    const judged = validateFragment(fragment, { source: '', key: entry.key });
    return !('rejected' in judged) || recognised.has(judged.rejected);
  });
}
