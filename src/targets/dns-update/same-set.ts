import type { SetState } from './zone-state.js';

/** Whether two sets have the same TTL and data. Null: there is no set. */
export function isSame(a: SetState | null, b: SetState | null): boolean {
  if (a === null || b === null) return a === b;
  return a.ttl === b.ttl && a.data.length === b.data.length && a.data.every((each, index) => each === b.data[index]);
}

/** The records as lines of TTL and data. */
export function showSet({ ttl, data }: SetState): string {
  return data.map((each) => `${ttl} ${each}`).join('\n');
}
