import type { Entry } from '../model/entry.js';
import { autoChoices } from './choice.js';
import type { AutoChoice, AutoOptions } from './choice.js';
import { createChooser, type Chooser } from './chooser.js';
import { jsonOptions } from './json.js';
import type { FormatContext } from './kind.js';
import { takeSample } from './sample.js';

/** The options of `json`. They include every option of another format that makes sense before the format is known. */
export const autoOptions = jsonOptions;

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
  const choose = createChooser(options, context);
  const sampled = takeSample(entries, sampleSize);
  let { votes, kubernetes } = countVotes(sampled, choose);
  if (sampled.length < entries.length && (votes[findWinner(votes)] ?? 0) < clearMajority * sampled.length)
    ({ votes, kubernetes } = countVotes(entries, choose));
  const registrations = totalVotes(votes) - votes.neither;
  // A few Kubernetes objects must not stop a source of valid registrations.
  if (kubernetes > registrations) return { kind: 'kubernetes', keys: kubernetes, votes };
  return registrations === 0 ? { kind: 'undecided', votes } : { kind: 'decided', format: findWinner(votes), votes };
}

/** How many keys are read first. When fewer than `clearMajority` of them agree, all keys are read. */
const sampleSize = 250;
const clearMajority = 0.9;

function countVotes(entries: readonly Entry[], choose: Chooser): { votes: Votes; kubernetes: number } {
  let kubernetes = 0;
  const votes: { -readonly [name in keyof Votes]: Votes[name] } = { plain: 0, json: 0, neither: 0 };
  for (const entry of entries) {
    if (entry.value.startsWith('k8s\0')) kubernetes++;
    else {
      const choice = choose(entry)?.format ?? 'neither';
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
