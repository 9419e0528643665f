import type { Rejection } from '../model/format.js';
import { compareText } from '../model/order.js';
import { sameRejection } from '../model/same.js';
import { applyDelta, type ListDelta } from '../model/sorted-list.js';

/**
 * The list of the rejections of a source after a change, sorted by key, frozen. A rejection that is both removed and added stays. The same
 * list when no rejection comes or goes.
 */
export function editRejections(
  rejected: readonly Rejection[],
  { removed, added }: ListDelta<Rejection>,
): readonly Rejection[] {
  const gone = new Set(removed);
  const fresh = added.filter((rejection) => !gone.delete(rejection));
  if (gone.size === 0 && fresh.length === 0) return rejected;
  return Object.freeze(applyDelta([...rejected], { removed: gone, added: fresh }, compareRejections));
}

/** A function that replaces a rejection by an equal one of `before`. Each of these is used once, so that no object is in a list twice. */
export function reuseRejections(before: readonly Rejection[]): (rejection: Rejection) => Rejection {
  let former: Map<string, Rejection[]> | undefined;
  return (rejection) => {
    if (before.length === 0) return rejection;
    former ??= groupEqual(before);
    const equal = former.get(identify(rejection));
    return (sameRejection(rejection, equal?.at(-1)) ? equal?.pop() : undefined) ?? rejection;
  };
}

/** Grouped, because one registration may have very many parts that are rejected for the same reason. */
function groupEqual(rejections: readonly Rejection[]): Map<string, Rejection[]> {
  const groups = new Map<string, Rejection[]>();
  for (const rejection of rejections) {
    const group = groups.get(identify(rejection));
    if (group === undefined) groups.set(identify(rejection), [rejection]);
    else group.push(rejection);
  }
  return groups;
}

function identify({ key, code, reason }: Rejection): string {
  return JSON.stringify([key, code, reason]);
}

function compareRejections(a: Rejection, b: Rejection): number {
  return compareText(a.key, b.key) || compareText(a.code, b.code) || compareText(a.reason, b.reason);
}
