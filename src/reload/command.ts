import * as z from 'zod';
import { argv } from './argv.js';
import { timing, type ReloadKind } from './kind.js';

const schema = z.strictObject({
  command: argv.meta({ description: 'Acknowledged by exit code 0.' }),
  ...timing,
});

/** `reload: {command: [nginx, -s, reload]}`. Acknowledged by exit code 0. */
export const commandReload: ReloadKind<typeof schema> = {
  key: 'command',
  schema,
  load: () => import('./command-maker.js'),
};
