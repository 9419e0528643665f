import { backoffDelay } from '../../model/backoff.js';
import type { Clock, Random } from '../../ports.js';
import type { WatchEnd } from './watch.js';

/** How long to wait, and how patient to be, after what went wrong so far. */
export interface Attempts {
  /** The watch has caught up. */
  live(): void;
  ended(end: WatchEnd): void;
  /** Milliseconds before the next attempt; counts it. The other endpoints are tried almost at once. */
  delay(): number;
  /** Factor for the limits of silence: a server that is slow rather than dead must not be cut off for ever. */
  patience(): number;
}

export interface AttemptsParts {
  readonly etcd: { readonly endpoints: number };
  readonly timing: { readonly ask: number; readonly backoff: { readonly base: number; readonly cap: number } };
  readonly clock: Clock;
  readonly random: Random;
}

/** A watch that dies as soon as it stands does not make the next one sooner: only one that lasted does. */
export function createAttempts({ etcd, timing, clock, random }: AttemptsParts): Attempts {
  let failures = 0;
  let silences = 0;
  let liveAt: number | undefined;
  return {
    live() {
      liveAt = clock.now();
    },
    ended(end) {
      if (liveAt !== undefined && clock.now() - liveAt >= timing.ask) failures = silences = 0;
      liveAt = undefined;
      if (end.kind === 'failed' && end.silent) silences += 1;
    },
    delay() {
      failures += 1;
      const round = failures - etcd.endpoints;
      return round < 0 ? 20 * random() : backoffDelay(round + 1, timing.backoff, random());
    },
    patience: () => 2 ** Math.min(silences, 3),
  };
}
