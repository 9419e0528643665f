/** The changes that the guards of the targets have not judged yet. */
export interface Judgements {
  /** A change asks for a pass over this target. */
  ask(target: string): void;
  /** A pass takes up everything that was asked until now. @returns to be called when its guard has judged, and its holds are on disk */
  begin(target: string): () => void;
  /** Forgets the targets that are not among these. */
  keep(targets: ReadonlyMap<string, unknown>): void;
  /** Resolves when everything that was asked until now is judged: true. False: the passes have ended before. */
  settled(): Promise<boolean>;
  /** No pass follows any more. */
  end(): void;
}

interface Waiter {
  readonly asked: ReadonlyMap<string, number>;
  readonly resolve: (isJudged: boolean) => void;
}

export function createJudgements(): Judgements {
  // By name, the number of the last request, and of the last request that was judged. A name without open requests is in neither map.
  const asked = new Map<string, number>();
  const judged = new Map<string, number>();
  const waiters = new Set<Waiter>();
  let last = 0;
  let hasEnded = false;

  const isOver = (waiter: Waiter): boolean =>
    [...waiter.asked].every(([name, number]) => !asked.has(name) || (judged.get(name) ?? 0) >= number);

  function look(): void {
    for (const waiter of waiters) {
      if (!hasEnded && !isOver(waiter)) continue;
      waiters.delete(waiter);
      waiter.resolve(isOver(waiter));
    }
  }

  function forget(target: string): void {
    asked.delete(target);
    judged.delete(target);
  }

  return {
    ask(target) {
      asked.set(target, (last += 1));
    },
    begin(target) {
      const number = asked.get(target);
      return () => {
        if (number === undefined || !asked.has(target)) return;
        if (asked.get(target) === number) forget(target);
        else judged.set(target, Math.max(number, judged.get(target) ?? 0));
        look();
      };
    },
    keep(targets) {
      for (const name of [...asked.keys()]) if (!targets.has(name)) forget(name);
      look();
    },
    settled: () =>
      new Promise((resolve) => {
        waiters.add({ asked: new Map(asked), resolve });
        look();
      }),
    end() {
      hasEnded = true;
      look();
    },
  };
}
