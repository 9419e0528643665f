import type { Clock, Log, Random } from '../ports.js';

/** What the process gives to everything in it. */
export interface Surroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** The process's environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
}
