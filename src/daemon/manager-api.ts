import type { Prepared } from '../build/prepare.js';
import type { Outcome } from '../controller/managed-target.js';
import type { RollcallError } from '../model/errors.js';
import type { Operations, StatusReader } from '../ports/running-process.js';
import type { OnStep } from '../targets/transaction.js';

/** Differences from `rollcall run`. */
export interface ManagerOptions {
  /** Called with the outcome of every pass. */
  readonly onOutcome?: (target: string, outcome: Outcome) => void;
  /** Whether targets are made from the last good snapshot while etcd does not answer. False: they wait for etcd. Default: true. */
  readonly restore?: boolean;
  /** Milliseconds for one search for the services that a check refuses. Default: that of the controller. */
  readonly searchTime?: number;
  /**
   * Called when etcd refuses the user or the permission for a source (`isRefusal`). Such a failure is then not logged as an outage that
   * rollcall waits for: the caller decides. Default: it is an outage.
   */
  readonly onRefusal?: (source: string, error: RollcallError) => void;
  /** Called with every named step of every target's transactions. For crash tests. */
  readonly onStep?: OnStep;
}

/**
 * Owns everything that lives as long as the process: the connections, the sources with their watches, the catalog, the lock of the state
 * directory and the state of each target. It runs one config at a time, and `apply` replaces that config.
 */
export interface Manager extends StatusReader, Operations {
  /**
   * Applies another config. Unchanged sources keep their watch. Unchanged targets keep their journal, pending reload, `minInterval` and
   * delays. If the etcd block has changed, the new connection lists every source first; the old config runs until then. Calls must not
   * overlap.
   *
   * @param signal ends the wait for the new connection
   * @throws RollcallError when the config cannot be applied; the old one runs on. The signal's reason when that aborts.
   */
  apply(prepared: Prepared, signal: AbortSignal): Promise<void>;
  /** A newer config cannot be used, and the old one runs on: the status and the events say so until the next `apply` succeeds. */
  configRefused(error: unknown): void;
  /** Does at once, because an operator has asked for it at the clock time `askedAt`, what the controller's `retry` does. */
  retry(askedAt: number): void;
  /** The targets with a pending reload: their consumers have not acknowledged the last change. */
  reloadsPending(): ReadonlySet<string>;
  /**
   * Resolves when `signal` has aborted, running steps have ended and everything is closed. Call it once.
   *
   * @throws RollcallError `STATE_LOCKED` after another process has taken the state directory, because this one was stopped for seconds;
   * `OUTPUT_LOCKED` after another process turned out to write the same files
   */
  run(signal: AbortSignal): Promise<void>;
}
