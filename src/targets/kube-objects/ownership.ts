import { ownerLabel, targetLabel } from './marks.js';
import type { FieldManager } from './managers.js';

/** The marks of one target's objects. */
export interface Marks {
  readonly owner: string;
  /** As `labelOfTarget`. */
  readonly target: string;
  /** The name under which the API server records our fields. */
  readonly manager: string;
}

/** What ownership is read from. */
export interface MarkedObject {
  readonly labels: Readonly<Record<string, string>>;
  readonly managers: readonly Pick<FieldManager, 'name' | 'operation'>[];
}

/**
 * Whether the target made the object: its labels say so. The journal alone says so of an object that another target of the same owner made
 * and gave up, and of one whose labels another program has removed.
 *
 * @param isRecorded whether the journal of the target lists the object
 */
export function isOurs(
  { labels, managers }: MarkedObject,
  { owner, target, manager }: Marks,
  isRecorded: boolean,
): boolean {
  if (labels[ownerLabel] === owner) return labels[targetLabel] === target || isRecorded;
  return isRecorded && managers.some((each) => isOurManager(each, manager));
}

export function isOurManager({ name, operation }: Pick<FieldManager, 'name' | 'operation'>, manager: string): boolean {
  return name === manager && operation === 'Apply';
}

/** Why the object is not the target's own, as a clause. */
export function describeOwner({ labels }: Pick<MarkedObject, 'labels'>): string {
  const other = labels[ownerLabel];
  if (other === undefined) return 'rollcall did not make this object';
  return `it belongs to target ${labels[targetLabel] ?? ''} of the owner ${other}`;
}
