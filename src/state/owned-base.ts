import { createHash } from 'node:crypto';
import { z } from 'zod';
import { compareText } from '../model/order.js';
import type { EnvelopeKind } from './envelope.js';

/**
 * The owned outputs of a target, as its journal has them: the list, or for a long one the differences from a base in a file of its own. A
 * change of one output then does not write the names of all others.
 */
export const storedOwned = z.union([
  z.array(z.string()),
  z.strictObject({
    /** Which of the two base files it is: a new base never replaces the one that the journal on disk refers to. */
    slot: z.union([z.literal(0), z.literal(1)]),
    sha256: z.string(),
    added: z.array(z.string()),
    removed: z.array(z.string()),
  }),
]);

export type StoredOwned = z.infer<typeof storedOwned>;

/** A list that a base file holds. */
export interface OwnedBase {
  readonly slot: 0 | 1;
  readonly sha256: string;
  readonly entries: readonly string[];
}

export const baseEnvelope: EnvelopeKind = { kind: 'owned', version: 1 };

export const baseBody = z.array(z.string());

/** @param journal file name of the journal. It cannot be that of another journal: those never have such an end */
export function baseFileName(journal: string, slot: 0 | 1): string {
  return `${journal}.owned-${slot}`;
}

/** Up to this number, the entries are in the journal itself, and so are the differences from a base. */
const few = 100;

/**
 * The form in which the journal has these entries.
 *
 * @param owned sorted
 * @param base the last base, if there is one
 * @returns `write`: the base that must be on disk before the journal refers to it
 */
export function storeOwned(
  owned: readonly string[],
  base: OwnedBase | undefined,
): { readonly stored: StoredOwned; readonly write?: OwnedBase } {
  if (owned.length <= few) return { stored: [...owned] };
  const differences = base && differencesOf(base.entries, owned);
  if (base && differences) {
    const { slot, sha256 } = base;
    return { stored: { slot, sha256, ...differences } };
  }
  const slot = base?.slot === 0 ? 1 : 0;
  const write: OwnedBase = { slot, sha256: digestOf(owned), entries: owned };
  return { stored: { slot, sha256: write.sha256, added: [], removed: [] }, write };
}

/** The entries, sorted. @throws Error when the base is not the one that the journal refers to */
export function restoreOwned(stored: StoredOwned, base: readonly string[] | undefined): readonly string[] {
  if (Array.isArray(stored)) return sorted(stored);
  if (base === undefined || digestOf(base) !== stored.sha256)
    throw new Error('the list of its outputs is missing, or is another one');
  const removed = new Set(stored.removed);
  return sorted([...base.filter((entry) => !removed.has(entry)), ...stored.added]);
}

/** Undefined when they are many. */
function differencesOf(
  before: readonly string[],
  after: readonly string[],
): { readonly added: string[]; readonly removed: string[] } | undefined {
  const [added, removed]: [string[], string[]] = [[], []];
  let [left, right] = [0, 0];
  while (left < before.length || right < after.length) {
    const [old, now] = [before[left], after[right]];
    const order = old === now ? 0 : old === undefined ? 1 : now === undefined ? -1 : compareText(old, now);
    if (order < 0 && old !== undefined) removed.push(old);
    if (order > 0 && now !== undefined) added.push(now);
    if (added.length + removed.length > few) return undefined;
    if (order <= 0) left += 1;
    if (order >= 0) right += 1;
  }
  return { added, removed };
}

/** A journal that was edited by hand may have another order. */
function sorted(entries: readonly string[]): readonly string[] {
  const isSorted = entries.every((entry, at) => at === 0 || compareText(entries[at - 1] ?? '', entry) < 0);
  return isSorted ? entries : [...new Set(entries)].sort(compareText);
}

function digestOf(entries: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(entries)).digest('hex');
}
