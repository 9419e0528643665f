import type { KeySelector } from '../../model/key-prefix.js';
import type { LivenessTiming } from './liveness.js';

/** Milliseconds. */
export interface SourceTiming extends LivenessTiming {
  /** Delays between attempts, after every endpoint was tried once. */
  readonly backoff: { readonly base: number; readonly cap: number };
  /** Average time between two comparisons with a fresh list. Each time is up to a third shorter or longer. */
  readonly compareEvery: number;
  /** Time that the watch has to catch up with such a list before a difference counts. */
  readonly settle: number;
  /** Shortest time between two lists that `relist` asked for. */
  readonly relistEvery: number;
}

export const standardTiming: SourceTiming = {
  created: 3000,
  ask: 1000,
  silence: 3000,
  backoff: { base: 100, cap: 5000 },
  compareEvery: 450_000,
  settle: 2000,
  relistEvery: 5000,
};

export interface PrefixSourceOptions {
  readonly name: string;
  readonly keys: KeySelector;
  /** Keys per call of a list. Default 5000. */
  readonly pageSize?: number;
  /** If the watch is more revisions behind the store than this, it lists again instead. Default 5000. */
  readonly maxLag?: number;
  readonly timing?: Partial<SourceTiming>;
}
