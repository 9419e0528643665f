import type { Instance } from './instance.js';

/** What a template or a kind of target does not write. The names are those of `omits:` in the head comment of a template. */
export const omissions = {
  critical: { reason: 'critical', has: ({ status }) => status === 'critical' },
  draining: { reason: 'draining', has: ({ status }) => status === 'draining' },
  'weight 0': { reason: 'weight 0', has: ({ weight }) => weight === 0 },
  names: { reason: 'host name', has: ({ family }) => family === 'name' },
} as const satisfies Record<string, { reason: string; has: (instance: Instance) => boolean }>;

export type Omission = keyof typeof omissions;

export function isOmission(name: string): name is Omission {
  return Object.hasOwn(omissions, name);
}

/** One reason for which instances are in the view of a target and not in its outputs. */
export interface LeftOutRule {
  /** A few words: `critical`, `host name (nginx-upstreams)`. */
  readonly reason: string;
  readonly has: (instance: Instance) => boolean;
}

/** An instance of a target's sources that is not in its outputs, for a reason that is no fault: quarantine is something else. */
export interface LeftOutInstance {
  readonly instance: Instance;
  readonly reason: string;
}

/** The instances that one target leaves out. Each reading costs the services that have changed since the one before. */
export interface LeftOut {
  /** Their number by reason, in the order of the reasons' first appearance. It is the same object until a number changes. */
  readonly counts: Readonly<Record<string, number>>;
  /** All of them, by service. The cost is that of all instances. */
  list(): LeftOutInstance[];
  /** Those that are left out now and were not at the last call, at most 50, and the number of all. */
  takeAdded(): { readonly some: readonly LeftOutInstance[]; readonly total: number };
}

/** Counts instances by reason. */
export function countReasons(leftOut: readonly LeftOutInstance[]): LeftOut['counts'] {
  const counts = new Map<string, number>();
  for (const { reason } of leftOut) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return Object.fromEntries(counts);
}

/** Shows the counts: `3 outside select, 2 critical`. '' when there are none. */
export function describeCounts(counts: LeftOut['counts']): string {
  return Object.entries(counts)
    .map(([reason, count]) => `${count} ${reason}`)
    .join(', ');
}
