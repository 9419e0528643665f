import { isOurManager } from '../kube-objects/ownership.js';
import type { DataManager, ObservedObject } from './observed.js';

/** The fields that rollcall has applied; none when it has applied nothing. */
export function ownFields({ managers }: ObservedObject, manager: string): DataManager | undefined {
  return managers.find((each) => isOurManager(each, manager));
}

/**
 * Keys of the data, sorted, that another program applies. Such a program declares them and will apply them again, so two would fight.
 * A program that has only updated a key once is not among them.
 */
export function foreignKeys(
  { managers }: ObservedObject,
  keys: ReadonlySet<string>,
  manager: string,
): readonly string[] {
  const appliers = managers.filter((each) => each.operation === 'Apply' && each.name !== manager);
  return [...keys]
    .filter((key) => appliers.some(({ data, binaryData }) => data.has(key) || binaryData.has(key)))
    .sort();
}

/** The program that has changed one of these keys last, other than us; undefined when none has. */
export function lastEditor(
  { managers }: ObservedObject,
  keys: ReadonlySet<string>,
  manager: string,
): string | undefined {
  const others = managers.filter(
    (each) => !isOurManager(each, manager) && [...keys].some((key) => each.data.has(key) || each.binaryData.has(key)),
  );
  return others.sort((a, b) => (a.time < b.time ? 1 : -1))[0]?.name;
}
