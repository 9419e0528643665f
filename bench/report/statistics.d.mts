export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly runs: number;
}

export function percentile(samples: readonly number[], q: number): number | undefined;
export function summarize(samples: readonly (number | undefined)[]): Summary | undefined;
export function compare(
  ours: readonly Readonly<Record<string, unknown>>[],
  theirs: readonly Readonly<Record<string, unknown>>[],
  key: string,
): Summary | undefined;
