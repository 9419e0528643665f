import type { Fragment, Rejection } from './format.js';
import type { Instance } from './instance.js';

/** Whether two fragments are equal in every field, whatever their keys. */
export function sameFragment(a: Fragment, b: Fragment): boolean {
  return (
    a.service === b.service &&
    a.id === b.id &&
    a.address === b.address &&
    Object.is(a.port, b.port) &&
    Object.is(a.weight, b.weight) &&
    a.scheme === b.scheme &&
    a.zone === b.zone &&
    a.version === b.version &&
    a.status === b.status &&
    sameItems(a.tags ?? [], b.tags ?? []) &&
    sameRecord(a.metadata ?? {}, b.metadata ?? {})
  );
}

/** Whether two instances are equal in every field. */
export function sameInstance(a: Instance, b: Instance): boolean {
  return a.key === b.key && a.source === b.source && a.held === b.held && sameFragment(a, b);
}

export function sameRejection(a: Rejection, b: Rejection | undefined): boolean {
  return (
    a.source === b?.source &&
    a.key === b.key &&
    a.code === b.code &&
    a.reason === b.reason &&
    a.readAs?.format === b.readAs?.format &&
    a.readAs?.service === b.readAs?.service
  );
}

/** Whether two lists hold identical items (`===`) in the same order. */
export function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}

function sameRecord(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  if (a === b) return true;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && a[key] === b[key]);
}
