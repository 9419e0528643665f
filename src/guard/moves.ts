import { differ, type Difference } from './difference.js';
import type { Group } from './group.js';

/** The lists of one group, each in the same order. */
export interface Lists<T> {
  /** The last accepted one; undefined when there is no accepted view. */
  readonly accepted: readonly T[] | undefined;
  /** The one selected at the last judgement; undefined at the first one. */
  readonly last: readonly T[] | undefined;
  readonly selected: readonly T[];
  /** From `accepted` to `selected`. */
  readonly change: Difference<T>;
}

/** What came back to the selection and what went from it since the last judgement: at the first one, of all that the group remembers. */
export function movesOf<T extends object>(
  { holds, settled, ledger }: Group<unknown>,
  { accepted, last, selected, change }: Lists<T>,
  nameOf: (item: T) => string,
): { readonly back: readonly string[]; readonly away: readonly string[] } {
  if (last !== undefined) {
    const { gone, came } = last === accepted ? change : differ(last, selected, nameOf);
    return { back: [...came.keys()], away: [...gone.keys()] };
  }
  const present = new Set(selected.map(nameOf));
  const known = [...holds.keys(), ...settled, ...ledger.departures.keys()];
  return {
    back: known.filter((member) => present.has(member)),
    away: [...ledger.arrivals.keys()].filter((member) => !present.has(member)),
  };
}
