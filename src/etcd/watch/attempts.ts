import { backoffDelay } from '../../model/backoff.js';
import type { Clock, Random } from '../../ports/runtime.js';
import type { WatchEnd } from './stream.js';

/** The delay before the next attempt and the factor for its timeouts, from the failures so far. */
export interface Attempts {
  /** The watch has caught up. */
  live(): void;
  ended(end: WatchEnd): void;
  /** Counts a failure and returns the milliseconds to wait. The other endpoints are tried almost at once. */
  delay(): number;
  /** Factor for the silence limits: without it, a server that is only slow would be cut off again and again. */
  timeoutFactor(): number;
}

export interface AttemptsParts {
  readonly etcd: { readonly endpoints: number };
  readonly timing: { readonly ask: number; readonly backoff: { readonly base: number; readonly cap: number } };
  readonly clock: Clock;
  readonly random: Random;
}

/** Only a watch that lasted resets the delay. A watch that fails right after it opened does not. */
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
    timeoutFactor: () => 2 ** Math.min(silences, 3),
  };
}
