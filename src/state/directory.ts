import { chmodSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { makeDirectory } from '../directory.js';
import { messageOf, RollcallError } from '../model/errors.js';
import type { Log } from '../ports.js';

/** Names that only a stateDir has; with nothing else there, or nothing at all, a directory is ours to close. */
const ours = new Set(['lock', 'journals', 'scratch', 'snapshot', 'decisions']);

/**
 * Makes the directory (0700) or sees that it is safe: what it holds may be credentials, and what is written there is
 * believed after a restart. A wider mode is narrowed, with a warning, if the directory is this user's and holds nothing
 * else.
 *
 * @throws RollcallError `STATE_UNUSABLE`.
 */
export async function prepareDirectory(dir: string, log: Log): Promise<void> {
  try {
    await makeDirectory(dir, 0o700);
    const { mode, uid } = statSync(dir);
    const user = process.geteuid?.() ?? uid;
    if (uid !== user && user !== 0) throw new Error(`it belongs to user ${uid}, and rollcall runs as user ${user}`);
    if ((mode & 0o077) !== 0) narrow(dir, mode, log);
    for (const name of ['journals', 'scratch']) await makeDirectory(join(dir, name), 0o700);
  } catch (error) {
    throw new RollcallError('STATE_UNUSABLE', `stateDir ${dir} cannot be used: ${messageOf(error)}`, { cause: error });
  }
}

function narrow(dir: string, mode: number, log: Log): void {
  const shown = `0${(mode & 0o7777).toString(8)}`;
  const foreign = readdirSync(dir).find((name) => !ours.has(name.split('.').find((part) => part !== '') ?? ''));
  if (foreign !== undefined || (mode & 0o1000) !== 0)
    throw new Error(`others may enter it (mode ${shown}), and it also holds what is not rollcall’s`);
  chmodSync(dir, 0o700);
  log.warn({ dir }, `stateDir ${dir} had mode ${shown}; it is 0700 now, because it may hold credentials`);
}
