/** How often a service is probed, and how many consecutive results change the verdict. */
export interface HealthCheckOptions {
  /** Milliseconds from the beginning of one probe to that of the next. */
  readonly interval: number;
  /** Milliseconds that one probe may take. */
  readonly timeout: number;
  /** Consecutive passes before the service counts as healthy. */
  readonly rise: number;
  /** Consecutive failures before a healthy service counts as unhealthy. */
  readonly fall: number;
}

export const healthCheckDefaults = { interval: 2000, rise: 1, fall: 3 } as const;

/**
 * The options with their defaults. By default a probe may take as long as the interval, but at most two seconds: a service that answers
 * its health check more slowly is too slow for its callers too.
 */
export function resolveHealthCheckOptions(options: Partial<HealthCheckOptions> = {}): HealthCheckOptions {
  const { interval = healthCheckDefaults.interval, timeout, rise, fall } = options;
  return {
    interval,
    timeout: timeout ?? Math.min(interval, healthCheckDefaults.interval),
    rise: rise ?? healthCheckDefaults.rise,
    fall: fall ?? healthCheckDefaults.fall,
  };
}
