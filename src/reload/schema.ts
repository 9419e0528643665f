import * as z from 'zod';
import { argv } from './argv.js';
import { duration } from '../model/duration-schema.js';
import { confirmHttpShape } from './http.js';
import { confirmRolloutShape } from './rollout.js';

export { STAGED } from './staged.js';
export { reloadSchema } from './registry.js';
export { haproxyRuntimeSchema } from './haproxy/schema.js';

const timeout = (description: string) => ({ timeout: duration(1).prefault('30s').meta({ description }) });

const check = z.strictObject({
  command: argv.meta({ description: 'The command. Exit code 0 accepts the outputs, any other refuses them.' }),
  ...timeout('Time for one run.'),
  isolated: z.boolean().default(true).meta({
    description:
      'Run the check before the swap too, in a mount namespace in which it alone sees the new files. Without `{staged}` only, and where the system allows it.',
  }),
});

/** The `check` block: a command, or a map with a command and its timeout. Its output is always the map. */
export const checkSchema = z.union([argv.transform((command) => check.parse({ command })), check]);

const limit = timeout('Time for all attempts together.');

/** The `confirm` block: a command, an HTTP request or a rollout, asked until it succeeds or the timeout ends. */
export const confirmSchema = z.union([
  z.strictObject({ command: argv.meta({ description: 'The command. Exit code 0 confirms the reload.' }), ...limit }),
  z.strictObject({ ...confirmHttpShape, ...limit }),
  z.strictObject({
    ...confirmRolloutShape,
    timeout: duration(1).prefault('2m').meta({ description: 'Time for all attempts together.' }),
  }),
]);
