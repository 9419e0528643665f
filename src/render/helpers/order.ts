import { compareText } from '../../model/order.js';

type Sortable = string | number | boolean | null | undefined;

/** True for values that `compareValues` can compare. */
export function isSortable(value: unknown): value is Sortable {
  return value === null || (typeof value !== 'object' && typeof value !== 'function');
}

/** A total order: empty values (missing, null, `''`), false, true, numbers, then text by code units. */
export function compareValues(a: Sortable, b: Sortable): number {
  const [left, right] = [rank(a), rank(b)];
  if (left !== right) return left - right;
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  return Number(a ?? 0) - Number(b ?? 0) || 0;
}

function rank(value: Sortable): number {
  if (value === undefined || value === null || value === '') return 0;
  return typeof value === 'boolean' ? 1 : typeof value === 'number' ? 2 : 3;
}
