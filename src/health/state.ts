import type { HealthCheckOptions } from './options.js';

/** What the probes of a service come to so far. */
export interface HealthState {
  /** Undefined before the first verdict. */
  readonly healthy: boolean | undefined;
  /** Consecutive probes, up to the last one, that contradict `healthy`; before the first verdict, that passed. */
  readonly streak: number;
}

export const unknownHealth: HealthState = { healthy: undefined, streak: 0 };

/**
 * The state after one more probe. `rise` consecutive passes make a service healthy, the first time and after each time that it
 * was unhealthy. `fall` consecutive failures make a healthy service unhealthy. Before the first verdict one failure makes it
 * unhealthy: a service that starts learns at once what is missing.
 */
export function nextHealth(
  { healthy, streak }: HealthState,
  passed: boolean,
  limits: Pick<HealthCheckOptions, 'rise' | 'fall'>,
): HealthState {
  if (healthy === undefined && !passed) return { healthy: false, streak: 0 };
  if (healthy === passed) return { healthy, streak: 0 };
  const against = streak + 1;
  const enough = against >= (passed ? limits.rise : limits.fall);
  return enough ? { healthy: passed, streak: 0 } : { healthy, streak: against };
}
