import { digestAnnotation, managedByLabel, ownerLabel, revisionAnnotation, targetLabel } from './marks.js';
import type { FieldManager } from './managers.js';
import type { Marks } from './ownership.js';

/** Labels or annotations. */
export type TextMap = Readonly<Record<string, string>>;

/** The labels that each object has. @param labels those of the config */
export function labelsWith(labels: TextMap, { owner, target }: Marks): TextMap {
  return { [managedByLabel]: 'rollcall', ...labels, [ownerLabel]: owner, [targetLabel]: target };
}

/** The annotations of a write. @param annotations those of the config */
export function annotationsWith(annotations: TextMap, digest: string, revision: string): TextMap {
  return { ...annotations, [digestAnnotation]: digest, [revisionAnnotation]: revision };
}

/**
 * Whether the object has all labels and annotations, and none that we applied and no longer want.
 *
 * @param wanted all labels, and the annotations of the config
 * @param own the fields that we have applied; undefined when we have applied none
 */
export function hasMetadata(
  wanted: { readonly labels: TextMap; readonly annotations: TextMap },
  there: { readonly labels: TextMap; readonly annotations: TextMap },
  own: Pick<FieldManager, 'labels' | 'annotations'> | undefined,
): boolean {
  // A target that was renamed writes its new name with the next change of the data.
  const labels = Object.entries(wanted.labels).filter(([key]) => key !== targetLabel);
  return (
    labels.every(([key, value]) => there.labels[key] === value) &&
    Object.entries(wanted.annotations).every(([key, value]) => there.annotations[key] === value) &&
    [...(own?.labels ?? [])].every((key) => Object.hasOwn(wanted.labels, key)) &&
    [...(own?.annotations ?? [])].every((key) => key.startsWith('rollcall/') || Object.hasOwn(wanted.annotations, key))
  );
}
