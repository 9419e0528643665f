import * as z from 'zod';
import { argv } from './argv.js';
import { commandShape } from './command.js';
import { duration } from '../model/duration-schema.js';
import { confirmHttpShape } from './http.js';

export { STAGED } from './check.js';
export { reloadSchema } from './registry.js';

const timeout = { timeout: duration(1).prefault('30s') };
const timed = z.strictObject({ ...commandShape, ...timeout });

/** The `check` block: a command, or a command and its timeout. Always read as the latter. */
export const checkSchema = z.union([argv.transform((command) => timed.parse({ command })), timed]);

/** The `confirm` block: a command or an HTTP request, asked until it succeeds or the timeout ends. */
export const confirmSchema = z.union([timed, z.strictObject({ ...confirmHttpShape, ...timeout })]);
