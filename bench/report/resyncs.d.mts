export function splitByResync(
  timed: readonly { readonly at: number; readonly ms: number | undefined }[],
  ticks: readonly number[],
): { readonly during: readonly number[]; readonly between: readonly number[]; readonly resyncs: number };
