import * as z from 'zod';
import { timing, type ReloadKind } from './kind.js';

const names = ['HUP', 'USR1', 'USR2', 'WINCH', 'INT', 'QUIT', 'TERM'] as const;

const schema = z.strictObject({
  signal: z.enum(names).meta({
    description: 'Sent to the process of `pidFile`. Acknowledged when it is sent.',
  }),
  pidFile: z.string().min(1).meta({ doc: 'path', description: 'File whose first line is the process id.' }),
  process: z.string().min(1).optional().meta({
    description: 'Program that the process must be: its process name, or the file name of its executable.',
  }),
  ...timing,
});

/** `reload: {signal: HUP, pidFile: /run/nginx.pid, process: nginx}`. Acknowledged when the signal is sent; `confirm` can prove more. */
export const signalReload: ReloadKind<typeof schema> = {
  key: 'signal',
  schema,
  load: () => import('./signal-maker.js'),
};
