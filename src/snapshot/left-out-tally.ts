import type { LeftOut, LeftOutInstance } from '../model/left-out.js';

/** At most this many of the added instances are kept until `takeAdded`. */
const maxAdded = 50;

/** Counts what is left out, service by service: the cost is that of the services that changed. */
export interface LeftOutTally extends LeftOut {
  /** Replaces what is left out of one service. */
  set(service: string, left: readonly LeftOutInstance[]): void;
}

export function createLeftOutTally(): LeftOutTally {
  const byService = new Map<string, readonly LeftOutInstance[]>();
  const numbers = new Map<string, number>();
  let counts: LeftOut['counts'] | undefined = Object.freeze({});
  let added: LeftOutInstance[] = [];
  let total = 0;

  const count = (reason: string, by: 1 | -1): void => {
    const number = (numbers.get(reason) ?? 0) + by;
    if (number === 0) numbers.delete(reason);
    else numbers.set(reason, number);
  };

  return {
    get counts() {
      counts ??= Object.freeze(Object.fromEntries(numbers));
      return counts;
    },
    list: () => [...byService.values()].flat(),
    takeAdded() {
      const taken = { some: added, total };
      added = [];
      total = 0;
      return taken;
    },
    set(service, left) {
      const before = byService.get(service) ?? [];
      if (before.length === 0 && left.length === 0) return;
      const known = new Set(before.map(nameOf));
      for (const { reason } of before) count(reason, -1);
      for (const one of left) {
        count(one.reason, 1);
        if (known.has(nameOf(one))) continue;
        total += 1;
        if (added.length < maxAdded) added.push(one);
      }
      if (left.length === 0) byService.delete(service);
      else byService.set(service, left);
      counts = undefined;
    },
  };
}

function nameOf({ instance: { key, host, port }, reason }: LeftOutInstance): string {
  return JSON.stringify([key, host, port, reason]);
}
