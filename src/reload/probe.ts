import { RollcallError } from '../model/errors.js';
import type { CommandContext, Reload } from '../ports.js';
import type { ReloadRuntime } from './runtime.js';

/** How one attempt ended. `reason` is one paragraph for people: who was asked, and what it said. */
export type Attempt =
  { readonly ok: true } | { readonly ok: false; readonly timedOut: boolean; readonly reason: string };

/** One way to ask a consumer something: a reload asks once, a confirm asks until the answer is yes. */
export interface Probe {
  /** One line for people: `command nginx -s reload`. */
  readonly describe: string;
  /** Milliseconds after which one attempt is given up when another may follow. Absent: it may take all the time there is. */
  readonly patience?: number;
  /**
   * @param timeout milliseconds.
   * @throws RollcallError where nothing may be asked (a stale pid file); the signal's reason when it is aborted.
   */
  attempt(context: CommandContext, timeout: number, signal: AbortSignal): Promise<Attempt>;
}

/** Makes a probe of a kind's own options. */
export type ProbeFactory<O> = (options: O, runtime: ReloadRuntime) => Probe;

/**
 * A reload that asks once.
 *
 * @param timeout milliseconds.
 */
export function reloadBy(probe: Probe, timeout: number): Reload {
  return {
    describe: probe.describe,
    async run(context, signal) {
      const attempt = await probe.attempt(context, timeout, signal);
      if (attempt.ok) return;
      throw new RollcallError(attempt.timedOut ? 'RELOAD_TIMED_OUT' : 'RELOAD_FAILED', `Reload: ${attempt.reason}`);
    },
  };
}
