import type { FieldManager, ObservedObject } from './observed.js';
import { ownerLabel, targetLabel } from './marks.js';

/** The marks of one target's objects. */
export interface Marks {
  readonly owner: string;
  /** As `labelOfTarget`. */
  readonly target: string;
  /** The name under which the API server records our fields. */
  readonly manager: string;
}

/**
 * Whether the target made the object: its labels say so. The journal alone says so of an object that another target of the same owner made
 * and gave up, and of one whose labels another program has removed.
 *
 * @param isRecorded whether the journal of the target lists the object
 */
export function isOurs(
  { labels, managers }: ObservedObject,
  { owner, target, manager }: Marks,
  isRecorded: boolean,
): boolean {
  if (labels[ownerLabel] === owner) return labels[targetLabel] === target || isRecorded;
  return isRecorded && managers.some((each) => isOurManager(each, manager));
}

function isOurManager({ name, operation }: FieldManager, manager: string): boolean {
  return name === manager && operation === 'Apply';
}

/** The fields that rollcall has applied; none when it has applied nothing. */
export function ownFields({ managers }: ObservedObject, manager: string): FieldManager | undefined {
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
