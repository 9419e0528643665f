import { constants } from 'node:os';
import * as z from 'zod';
import { RollcallError, messageOf } from '../model/errors.js';
import { pace, type ReloadKind } from './kind.js';
import type { ProcessFacts } from '../process/facts.js';
import { verifyProcess } from './verify.js';

const names = ['HUP', 'USR1', 'USR2', 'WINCH', 'INT', 'QUIT', 'TERM'] as const;
// Whoever sends one of these to a process without a handler means its end (and a supervisor's restart).
const meantToEnd = new Set<string>(['INT', 'QUIT', 'TERM']);

const schema = z.strictObject({
  signal: z.enum(names).meta({
    description: 'Sent to the process of `pidFile`. Acknowledged when it is sent.',
  }),
  pidFile: z.string().min(1).meta({ doc: 'path', description: 'File whose first line is the process id.' }),
  process: z.string().min(1).optional().meta({
    description: 'Program that the process must be: its process name, or the file name of its executable.',
  }),
  ...pace,
});

// How often a process is looked at that holds the signal back.
const PAUSE_MS = 20;

/**
 * `reload: {signal: HUP, pidFile: /run/nginx.pid, process: nginx}`. Sends a signal to the verified process, and only if
 * that process takes it: HUP, USR1 and USR2 end a process without a handler, and one that ignores them learns nothing.
 * Acknowledged when it is sent; `confirm` can prove more.
 *
 * A process may hold the signal back: to read it itself, or until it has started. HAProxy does the latter while it loads,
 * and then drops what came. So one that holds it back is watched until it has read the signal, or has a handler; then it
 * is sent again. Where another process takes its place meanwhile, that one is sent it, unless the signal was to end the first.
 */
export const signalReload: ReloadKind<typeof schema> = {
  key: 'signal',
  schema,
  create: (options, { clock }) => ({
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
  }),
};

/** @param held it was sent one before, and held that back. */
function attempt(
  short: (typeof names)[number],
  pid: number,
  facts: ProcessFacts,
  held: boolean,
): 'done' | 'held' | 'wait' {
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
