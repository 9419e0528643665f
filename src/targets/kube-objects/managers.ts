import type { KubeObject } from '../../kubernetes/resource.js';
import { isMap, itemsOf, textOf, valueOf } from '../../model/raw-data.js';

/** One entry of `metadata.managedFields` (https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management). */
export interface FieldManager {
  readonly name: string;
  /** `Apply`: it declares the fields and will apply them again. `Update`: it changed them once. */
  readonly operation: string;
  /** RFC 3339; '' without one. */
  readonly time: string;
  readonly labels: ReadonlySet<string>;
  readonly annotations: ReadonlySet<string>;
  /** `fieldsV1` as it came. */
  readonly fields: unknown;
}

export function readManagers({ metadata }: KubeObject): readonly FieldManager[] {
  return itemsOf(metadata.managedFields).map((entry) => {
    const fields = valueOf(entry, 'fieldsV1');
    const own = valueOf(fields, 'f:metadata');
    return {
      name: textOf(valueOf(entry, 'manager')) ?? '',
      operation: textOf(valueOf(entry, 'operation')) ?? '',
      time: textOf(valueOf(entry, 'time')) ?? '',
      labels: keysOfField(own, 'labels'),
      annotations: keysOfField(own, 'annotations'),
      fields,
    };
  });
}

/** The keys of a map that a manager has set. @param fields a part of `fieldsV1` */
export function keysOfField(fields: unknown, map: string): ReadonlySet<string> {
  const keys = valueOf(fields, `f:${map}`);
  return new Set(isMap(keys) ? Object.keys(keys).flatMap((key) => (key.startsWith('f:') ? [key.slice(2)] : [])) : []);
}
