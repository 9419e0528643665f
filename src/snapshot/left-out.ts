import type { Service } from '../model/instance.js';
import type { LeftOut, LeftOutInstance, LeftOutRule } from '../model/left-out.js';
import { differingParts, findSorted } from '../model/sorted-list.js';
import { allOutside, findLeftOut, outside } from './find-left-out.js';
import { changedServices, partsOf, type Sources } from './view-services.js';

/** At most this many of the added instances are named. */
const maxAdded = 50;

/** The sources of a target at one time, and the services of its view. */
export interface Selected {
  readonly sources: Sources;
  readonly services: readonly Service[];
}

export const nothingSelected: Selected = { sources: [], services: [] };

/**
 * What a target leaves out, computed only when it is read: from what has changed since the reading before. So a put does not pay for the
 * targets that do not select its service.
 *
 * @param now returns the latest selection
 */
export function createLeftOut(now: () => Selected, rules: readonly LeftOutRule[]): LeftOut {
  const numbers = new Map<string, number>();
  let counts: LeftOut['counts'] = Object.freeze({});
  let counted = nothingSelected;
  let told = nothingSelected;

  const add = (reason: string, by: number): void => {
    const number = (numbers.get(reason) ?? 0) + by;
    if (number === 0) numbers.delete(reason);
    else numbers.set(reason, number);
  };

  // Of a target that selects one service of many, almost everything is left out: it is counted without a list of it.
  const count = (selected: Selected, name: string, sign: 1 | -1): void => {
    const { parts, service } = partsIn(selected, name);
    const all = allOutside(parts, service);
    if (all) add(outside, sign * all.length);
    else for (const { reason } of findLeftOut(parts, service, rules)) add(reason, sign);
  };

  return {
    get counts() {
      const [before, latest] = [counted, now()];
      counted = latest;
      const former = [...numbers];
      for (const name of changedServices(before.sources, latest.sources)) {
        count(before, name, -1);
        count(latest, name, 1);
      }
      const isSame = former.length === numbers.size && former.every(([reason, count]) => numbers.get(reason) === count);
      if (!isSame) counts = Object.freeze(Object.fromEntries(numbers));
      return counts;
    },
    list() {
      const latest = now();
      return changedServices([], latest.sources).flatMap((name) => findIn(latest, name, rules));
    },
    takeAdded() {
      const [before, latest] = [told, now()];
      told = latest;
      const some: LeftOutInstance[] = [];
      let total = 0;
      for (const name of changedServices(before.sources, latest.sources)) {
        const was = findIn(before, name, rules);
        const { parts: present, service } = partsIn(latest, name);
        const all = was.length === 0 ? allOutside(present, service) : undefined;
        if (all) {
          for (const instance of all.slice(0, maxAdded - some.length)) some.push({ instance, reason: outside });
          total += all.length;
          continue;
        }
        const parts = differingParts(was, findLeftOut(present, service, rules), isSameLeftOut);
        const known = new Set(parts.before.map(nameOf));
        for (const one of parts.after) {
          if (known.has(nameOf(one))) continue;
          total += 1;
          if (some.length < maxAdded) some.push(one);
        }
      }
      return { some, total };
    },
  };
}

/** The service in each source, and in the view. */
function partsIn({ sources, services }: Selected, name: string) {
  return { parts: partsOf(sources, name), service: findSorted(services, name, (one) => one.name) };
}

function findIn(selected: Selected, name: string, rules: readonly LeftOutRule[]): LeftOutInstance[] {
  const { parts, service } = partsIn(selected, name);
  return findLeftOut(parts, service, rules);
}

function isSameLeftOut(a: LeftOutInstance, b: LeftOutInstance): boolean {
  return a.instance === b.instance && a.reason === b.reason;
}

function nameOf({ instance: { key, host, port }, reason }: LeftOutInstance): string {
  return JSON.stringify([key, host, port, reason]);
}
