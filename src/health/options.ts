/** How often a service is asked, and how many answers in a row change a mind. */
export interface CheckOptions {
  /** Milliseconds from the beginning of one probe to that of the next. */
  readonly interval: number;
  /** Milliseconds that one probe may take. */
  readonly timeout: number;
  /** Successes in a row that make a service healthy. */
  readonly rise: number;
  /** Failures in a row that make a healthy service unhealthy. */
  readonly fall: number;
}

export const checkDefaults = { interval: 2000, rise: 1, fall: 3 } as const;

/**
 * The options with what is silent filled in. A probe may take as long as the interval, at most two seconds: a service that
 * takes longer to say that it is well keeps its callers waiting, too.
 */
export function resolveCheckOptions(options: Partial<CheckOptions> = {}): CheckOptions {
  const { interval = checkDefaults.interval, rise = checkDefaults.rise, fall = checkDefaults.fall } = options;
  return { interval, timeout: options.timeout ?? Math.min(interval, checkDefaults.interval), rise, fall };
}
