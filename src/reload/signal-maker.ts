import { constants } from 'node:os';
import { RollcallError, messageOf } from '../model/errors.js';
import type { ProcessFacts } from '../process/facts.js';
import type { ReloadMaker } from './kind.js';
import { verifyProcess, type ExpectedProcess } from './verify.js';

/** The name of a signal, without its SIG. */
export type SignalName = 'HUP' | 'USR1' | 'USR2' | 'WINCH' | 'INT' | 'QUIT' | 'TERM';

export interface SignalOptions extends ExpectedProcess {
  readonly signal: SignalName;
  /** Milliseconds. */
  readonly timeout: number;
}

// These signals end a process without a handler, and the config asks for that: a supervisor starts the process again.
const meantToEnd: ReadonlySet<SignalName> = new Set<SignalName>(['INT', 'QUIT', 'TERM']);

// Milliseconds between two reads of the state of a process that holds the signal back.
const PAUSE_MS = 20;

/**
 * Sends a signal to the verified process, and only if that process handles it: HUP, USR1 and USR2 end a process without a handler, and a
 * process that ignores them does not reload. The reload is acknowledged when the signal is sent.
 *
 * A process may hold the signal back: to read it itself, or until it has started. HAProxy does the latter while it loads, and then drops
 * the signal. So a process that holds the signal back is watched until it has read the signal or has a handler; in the latter case the
 * signal is sent again. If the pid file names another process by then, the signal is sent to that one, unless it was meant to end the
 * first one.
 */
export const createReload: ReloadMaker<SignalOptions> = (options, { clock }) => ({
  describe: `signal ${options.signal} to the process of ${options.pidFile}`,
  async run(_context, signal) {
    const end = clock.now() + options.timeout;
    let holder: number | undefined;
    for (;;) {
      signal.throwIfAborted();
      const endsIt = holder !== undefined && meantToEnd.has(options.signal);
      const found = await verifyProcess(options, clock).catch((error: unknown) => {
        if (endsIt && error instanceof RollcallError && error.code === 'PID_STALE') return undefined;
        throw error;
      });
      if (found === undefined || (endsIt && found.pid !== holder)) return;
      const { pid, facts } = found;
      signal.throwIfAborted();
      const outcome = attempt(options.signal, pid, facts, pid === holder);
      if (outcome === 'done') return;
      if (outcome === 'held') holder = pid;
      if (clock.now() + PAUSE_MS >= end)
        throw new RollcallError(
          'RELOAD_TIMED_OUT',
          `Reload: process ${pid} (${facts.comm}) has held SIG${options.signal} back for ${options.timeout} ms`,
        );
      await clock.sleep(PAUSE_MS, signal);
    }
  },
});

/** @param held whether the process was sent the signal before and held it back. */
function attempt(short: SignalName, pid: number, facts: ProcessFacts, held: boolean): 'done' | 'held' | 'wait' {
  const name = `SIG${short}` as const;
  const failed = (why: string, cause?: unknown): RollcallError =>
    new RollcallError('RELOAD_FAILED', `Reload: ${name} to process ${pid} (${facts.comm}): ${why}`, { cause });
  const { catches, holds, ignores, pending } = facts.handlingOf(constants.signals[name]);
  if (!catches) {
    if (ignores && (holds || held)) return 'wait';
    if (ignores) throw failed('it ignores this signal, so nothing was sent');
    // A process that waits for the signal in sigwait does not hold it back.
    if (held) return pending ? 'wait' : 'done';
    if (!holds && !meantToEnd.has(short)) throw failed('it has no handler for this signal, so nothing was sent');
  }
  try {
    process.kill(pid, name);
  } catch (error) {
    throw failed(messageOf(error), error);
  }
  return holds && !catches ? 'held' : 'done';
}
