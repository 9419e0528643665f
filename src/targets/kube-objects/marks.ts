import { createHash } from 'node:crypto';

/** Labels by which rollcall knows its objects, and by which it lists them. */
export const ownerLabel = 'rollcall/owner';
export const targetLabel = 'rollcall/target';
/** Of the well-known labels (https://kubernetes.io/docs/reference/labels-annotations-taints/). */
export const managedByLabel = 'app.kubernetes.io/managed-by';
/** Hex SHA-256 of the data, as `digestOf` has it. */
export const digestAnnotation = 'rollcall/digest';
/** The revisions of the sources at the last change of the data: `services=7`. */
export const revisionAnnotation = 'rollcall/revision';

/** The leadership in which a leader has taken the object over, if an election decides who writes it: `7 HOLDER`. */
export const epochAnnotation = 'rollcall/epoch';

/** Whether a label or annotation is for rollcall alone. */
export const isReserved = (key: string): boolean => key.startsWith('rollcall/');

/** A name of a target as a value of a label: those that are no value, because of their length or their ends, are replaced by a digest. */
export function labelOfTarget(target: string): string {
  if (/^[A-Za-z0-9]([-._A-Za-z0-9]{0,61}[A-Za-z0-9])?$/.test(target)) return target;
  return `target-${createHash('sha256').update(target).digest('hex').slice(0, 32)}`;
}
