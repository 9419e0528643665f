import { chmodSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { directoryCallsFor } from '../filesystem/directory-calls.js';
import { openDirectory, type Directory } from '../filesystem/walk.js';
import { messageOf, RollcallError } from '../model/errors.js';
import type { Log } from '../ports.js';

/** Names that only a stateDir has; with nothing else there, or nothing at all, a directory is ours to close. */
const stateNames = new Set(['lock', 'journals', 'scratch', 'snapshot', 'decisions']);

/**
 * Makes the directory (0700) or sees that it is safe: what it holds may be credentials, and what is written there is
 * believed after a restart. It must be this user's, and nobody but this user and root may write in it or on the way to it. One
 * that others may enter is closed to them, with a warning, if it holds nothing else; one that others may write, only if it is empty.
 *
 * @param dir absolute
 * @returns the directory; it is the caller's to close
 * @throws RollcallError `STATE_UNUSABLE`.
 */
export async function prepareDirectory(dir: string, log: Log): Promise<Directory> {
  let directory: Directory | undefined;
  try {
    const calls = await directoryCallsFor(dir);
    directory = await openDirectory(dir, { calls, notWritableByOthers: 'way', makeMode: 0o700 });
    const { mode, uid } = statSync(directory.at('.'));
    const user = process.geteuid?.() ?? uid;
    if (uid !== user) throw new Error(`it belongs to user ${uid}, and rollcall runs as user ${user}`);
    if ((mode & 0o077) !== 0) closeToOthers(directory, mode, log);
    for (const name of ['journals', 'scratch']) {
      const below = await openDirectory(join(dir, name), { calls, notWritableByOthers: 'whole', makeMode: 0o700 });
      await below.close();
    }
    return directory;
  } catch (error) {
    await directory?.close();
    throw new RollcallError('STATE_UNUSABLE', `stateDir ${dir} cannot be used: ${messageOf(error)}`, { cause: error });
  }
}

function closeToOthers(directory: Directory, mode: number, log: Log): void {
  const dir = directory.path;
  const shown = `0${(mode & 0o7777).toString(8)}`;
  const names = (): string[] => readdirSync(directory.at('.'));
  const foreign = names().find((name) => !stateNames.has(name.split('.').find((part) => part !== '') ?? ''));
  if (foreign !== undefined || (mode & 0o1000) !== 0)
    throw new Error(`others may enter it (mode ${shown}), and it also holds what is not rollcall’s`);
  const writable = (mode & 0o022) !== 0;
  const forged = `others may write in it (mode ${shown}), so that nothing in it can be believed: look at it, empty it and close it (chmod 0700)`;
  if (writable && names().length > 0) throw new Error(forged);
  chmodSync(directory.at('.'), 0o700);
  // What came before the door was shut.
  if (writable && names().length > 0) throw new Error(forged);
  log.warn({ dir }, `stateDir ${dir} had mode ${shown}; it is 0700 now, because it may hold credentials`);
}
