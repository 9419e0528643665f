import { constants } from 'node:os';
import { RollcallError, messageOf } from '../model/errors.js';
import type { ProcessFacts } from '../process/facts.js';
import type { ReloadMaker } from './kind.js';
import { verifyProcess, type Expected } from './verify.js';

/** The name of a signal, without its SIG. */
export type SignalName = 'HUP' | 'USR1' | 'USR2' | 'WINCH' | 'INT' | 'QUIT' | 'TERM';

export interface SignalOptions extends Expected {
  readonly signal: SignalName;
  /** Milliseconds. */
  readonly timeout: number;
}

// A process without a handler ends of these, and is meant to: its supervisor starts it again.
const meantToEnd: ReadonlySet<SignalName> = new Set<SignalName>(['INT', 'QUIT', 'TERM']);

// Pause between two looks at a process that holds the signal back.
const PAUSE_MS = 20;

/**
 * Sends a signal to the verified process, and only if that process takes it: HUP, USR1 and USR2 end a process without a handler,
 * and a process that ignores them does not reload. Acknowledged when it is sent.
 *
 * A process may hold the signal back: to read it itself, or until it has started. HAProxy does the latter while it loads,
 * and then drops what came. So a process that holds it back is watched until it has read the signal, or has a handler; then the
 * signal is sent again. When another process takes its place meanwhile, that one is sent it, unless the signal was to end the first.
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

/** @param held it was sent one before, and held that back. */
function attempt(short: SignalName, pid: number, facts: ProcessFacts, held: boolean): 'done' | 'held' | 'wait' {
  const name = `SIG${short}` as const;
  const failed = (why: string, cause?: unknown): RollcallError =>
    new RollcallError('RELOAD_FAILED', `Reload: ${name} to process ${pid} (${facts.comm}): ${why}`, { cause });
  const { catches, holds, ignores, pending } = facts.handlingOf(constants.signals[name]);
  if (!catches) {
    if (ignores && (holds || held)) return 'wait';
    if (ignores) throw failed('it ignores this signal, so nothing was sent');
    // Not holding it, either, while it waits for it (sigwait).
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
