import type { HealthCheckOptions } from './options.js';

/** The result of all probes of a service so far. */
export interface HealthState {
  /** Undefined before the first verdict. */
  readonly healthy: boolean | undefined;
  /** Number of consecutive probes, up to the last one, that contradict `healthy`. Before the first verdict: that passed. */
  readonly streak: number;
}

export const unknownHealth: HealthState = { healthy: undefined, streak: 0 };

/**
 * The state after one more probe. `rise` consecutive passes make a service healthy, the first time and after each time that it
 * was unhealthy. `fall` consecutive failures make a healthy service unhealthy. Before the first verdict one failure makes it unhealthy, so
 * that the reason is reported soon after the start.
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
