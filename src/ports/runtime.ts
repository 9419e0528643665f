/** Time. It is passed in so that tests can control it. */
export interface Clock {
  /** Monotonic milliseconds with fractions. Only differences have a meaning. */
  now(): number;
  /** Wall-clock milliseconds since the epoch, for times that are kept over restarts. */
  wall(): number;
  /**
   * `now` in monotonic milliseconds since the start of the machine. Two processes can compare them when `id`, which is different after each start of the
   * machine, is the same and not `''`. Absent: they cannot.
   */
  boot?(): { readonly id: string; readonly now: number };
  /** Resolves after `ms`, or at once when `signal` aborts. It never rejects, so callers check the signal. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** A random number, 0 <= n < 1, for jitter. */
export type Random = () => number;

/** The part of pino's logger that is used. The fields come first, then the message. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: object): Log;
}

/** The surroundings of the process. They are passed in so that tests can control them. */
export interface Runtime {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** The process's environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
}
