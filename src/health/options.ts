/** How often a service is asked, and how many consecutive answers change the verdict. */
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
 * The options with the defaults filled in. A probe may take as long as the interval, at most two seconds: a service that takes
 * longer to answer its health check keeps its callers waiting, too.
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
