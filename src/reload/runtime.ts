import type { ClusterAccess } from '../kubernetes/access.js';
import type { Clock } from '../ports/runtime.js';

/** The parts of the process that the commands and probes of one target need. */
export interface ReloadRuntime {
  readonly clock: Clock;
  /** The process's own environment. Commands get it scrubbed, see `commandEnvironment`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Names that the config's `env` allows beyond the usual ones. */
  readonly allowed: readonly string[];
  /** Absolute path of the config file's directory, in which commands run. The path of a program with a slash is relative to it. */
  readonly cwd: string;
  /** Absolute path of a private directory of the target. It holds the list of changed outputs while a command runs. */
  readonly scratch: string;
  /** The cluster of the config, for rollouts. Absent: there are none. */
  readonly cluster?: ClusterAccess;
}
