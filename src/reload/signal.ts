import { constants } from 'node:os';
import * as z from 'zod';
import { RollcallError, messageOf } from '../model/errors.js';
import { pace, type ReloadKind } from './kind.js';
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

/**
 * `reload: {signal: HUP, pidFile: /run/nginx.pid, process: nginx}`. Sends a signal to the verified process, and only if
 * that process takes it: HUP, USR1 and USR2 end a process without a handler, and one that ignores them learns nothing.
 * Acknowledged when it is sent; `confirm` can prove more.
 */
export const signalReload: ReloadKind<typeof schema> = {
  key: 'signal',
  schema,
  create: (options, { clock }) => ({
    describe: `signal ${options.signal} to the process of ${options.pidFile}`,
    async run(_context, signal) {
      signal.throwIfAborted();
      const { pid, facts } = await verifyProcess(options, clock);
      signal.throwIfAborted();
      const name = `SIG${options.signal}` as const;
      const failed = (why: string, cause?: unknown): RollcallError =>
        new RollcallError('RELOAD_FAILED', `Reload: ${name} to process ${pid} (${facts.comm}): ${why}`, { cause });
      const disposition = facts.disposition(constants.signals[name]);
      if (disposition === 'ignores') throw failed('it ignores this signal, so nothing was sent');
      if (disposition === 'default' && !meantToEnd.has(options.signal))
        throw failed('it has no handler for this signal, so nothing was sent');
      try {
        process.kill(pid, name);
      } catch (error) {
        throw failed(messageOf(error), error);
      }
    },
  }),
};
