import type { Clock } from '../ports.js';

/** What the commands and probes of one target need of the process that runs them. */
export interface ReloadRuntime {
  readonly clock: Clock;
  /** The process's own environment. Commands get it scrubbed, see `commandEnvironment`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Names that the config's `env` allows beyond the usual ones. */
  readonly allowed: readonly string[];
  /** Absolute folder in which commands run: the config file's. A program named with a slash is found from here. */
  readonly cwd: string;
  /** Absolute folder of the target's own, private: the list of changed outputs lies there while a command runs. */
  readonly scratch: string;
}
