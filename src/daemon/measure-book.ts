import { createTargetMeasures, type TargetMeasures } from '../model/measures.js';

/** What is counted about each target. An edit of the config does not begin it again. */
export interface MeasureBook {
  /** The same object for the same target. */
  readonly of: (target: string) => TargetMeasures;
  /** Forgets the targets that are not among these. */
  keep(targets: ReadonlySet<string>): void;
}

export function createMeasureBook(): MeasureBook {
  const known = new Map<string, TargetMeasures>();
  return {
    of(target) {
      const measures = known.get(target) ?? createTargetMeasures();
      known.set(target, measures);
      return measures;
    },
    keep(targets) {
      for (const name of known.keys()) if (!targets.has(name)) known.delete(name);
    },
  };
}
