import type { CheckOptions } from './options.js';

/** What the probes of a service come to so far. */
export interface Standing {
  /** Undefined: nothing can be said yet. */
  readonly healthy: boolean | undefined;
  /** Probes in a row, up to the last one, that speak against `healthy`; while that is undefined, that succeeded. */
  readonly streak: number;
}

export const unknown: Standing = { healthy: undefined, streak: 0 };

/**
 * The standing after one more probe. `rise` successes in a row make a service healthy, the first time as well as after an
 * illness. `fall` failures in a row make a healthy one unhealthy. Before the first verdict there is no health to be defended,
 * so there one failure says it: a service that starts is told what it lacks at once.
 */
export function count(
  { healthy, streak }: Standing,
  ok: boolean,
  limits: Pick<CheckOptions, 'rise' | 'fall'>,
): Standing {
  if (healthy === undefined && !ok) return { healthy: false, streak: 0 };
  if (healthy === ok) return { healthy, streak: 0 };
  const against = streak + 1;
  const enough = against >= (ok ? limits.rise : limits.fall);
  return enough ? { healthy: ok, streak: 0 } : { healthy, streak: against };
}
