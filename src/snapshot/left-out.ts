import type { Service } from '../model/instance.js';
import type { LeftOut, LeftOutInstance, LeftOutRule } from '../model/left-out.js';
import { differingParts, findSorted } from '../model/sorted-list.js';
import { countLeftOut, findLeftOut } from './find-left-out.js';
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

  return {
    get counts() {
      const [before, latest] = [counted, now()];
      counted = latest;
      const former = [...numbers];
      for (const name of changedServices(before.sources, latest.sources)) {
        countIn(before, name, rules, (reason, number) => {
          add(reason, -number);
        });
        countIn(latest, name, rules, add);
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
        const former = findIn(before, name, rules);
        if (former.length === 0) {
          countIn(latest, name, rules, (_, number) => (total += number));
          if (some.length < maxAdded) some.push(...findIn(latest, name, rules).slice(0, maxAdded - some.length));
          continue;
        }
        const parts = differingParts(former, findIn(latest, name, rules), isSameLeftOut);
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

function findIn({ sources, services }: Selected, name: string, rules: readonly LeftOutRule[]): LeftOutInstance[] {
  const service = findSorted(services, name, (one) => one.name);
  return findLeftOut(partsOf(sources, name), service, rules);
}

function countIn(
  { sources, services }: Selected,
  name: string,
  rules: readonly LeftOutRule[],
  add: (reason: string, number: number) => void,
): void {
  const service = findSorted(services, name, (one) => one.name);
  countLeftOut(partsOf(sources, name), service, rules, add);
}

function isSameLeftOut(a: LeftOutInstance, b: LeftOutInstance): boolean {
  return a.instance === b.instance && a.reason === b.reason;
}

function nameOf({ instance: { key, host, port }, reason }: LeftOutInstance): string {
  return JSON.stringify([key, host, port, reason]);
}
