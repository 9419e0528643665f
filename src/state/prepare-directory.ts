import { chmodSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { directoryCallsFor } from '../filesystem/directory-calls.js';
import { openDirectory, type Directory } from '../filesystem/walk.js';
import { messageOf, RollcallError } from '../model/errors.js';
import type { Log } from '../ports/runtime.js';

/** The names of files in a stateDir. If a directory contains no others, rollcall may restrict its mode. */
const stateNames = new Set(['lock', 'journals', 'scratch', 'originals', 'snapshot', 'decisions', 'id', 'admin']);

/**
 * Creates the directory (0700) or checks that it is safe. It may hold credentials, and rollcall trusts its contents after a
 * restart. It must belong to this user, and only this user and root may write in it and in the directories above it. If others may
 * enter it, it is restricted to 0700 with a warning, provided that it holds only files of rollcall; if others may write in it,
 * provided that it is empty.
 *
 * @param dir absolute
 * @returns the directory; the caller closes it
 * @throws RollcallError `STATE_UNUSABLE`.
 */
export async function prepareDirectory(dir: string, log: Log): Promise<Directory> {
  let directory: Directory | undefined;
  try {
    const calls = await directoryCallsFor(dir);
    directory = await openDirectory(dir, { calls, notWritableByOthers: 'parents', makeMode: 0o700 });
    const { mode, uid } = statSync(directory.at('.'));
    const user = process.geteuid?.() ?? uid;
    if (uid !== user)
      throw new RollcallError(
        'STATE_UNUSABLE',
        `it belongs to user ${uid}, and rollcall runs as user ${user}`,
        // The root of a volume, such as an emptyDir of Kubernetes.
        uid === 0 && (mode & 0o022) !== 0 ? { hint: hintBelow(dir) } : {},
      );
    if ((mode & 0o077) !== 0) closeToOthers(directory, mode, log);
    for (const name of ['journals', 'scratch']) {
      const below = await openDirectory(join(dir, name), { calls, notWritableByOthers: 'all', makeMode: 0o700 });
      await below.close();
    }
    return directory;
  } catch (error) {
    await directory?.close();
    throw new RollcallError('STATE_UNUSABLE', `stateDir ${dir} cannot be used: ${messageOf(error)}`, {
      cause: error,
      ...(error instanceof RollcallError && error.code === 'STATE_UNUSABLE' && { hint: error.hint }),
    });
  }
}

function hintBelow(dir: string): string {
  return `Set \`stateDir\` to a directory below it, such as ${dir}/state: rollcall creates it with mode 0700. If ${dir} is a volume of a container, docs/howto/container.md says what else it needs.`;
}

function closeToOthers(directory: Directory, mode: number, log: Log): void {
  const dir = directory.path;
  const shown = `0${(mode & 0o7777).toString(8)}`;
  const names = (): string[] => readdirSync(directory.at('.'));
  const foreign = names().find((name) => !stateNames.has(name.split('.').find((part) => part !== '') ?? ''));
  if (foreign !== undefined || (mode & 0o1000) !== 0)
    throw new Error(`others may enter it (mode ${shown}), and it also holds files that are not rollcall’s`);
  const writable = (mode & 0o022) !== 0;
  const forged = `others may write in it (mode ${shown}), so its contents cannot be trusted: inspect it, empty it, and restrict it (chmod 0700)`;
  if (writable && names().length > 0) throw new Error(forged);
  chmodSync(directory.at('.'), 0o700);
  // Another process may have created files before the chmod.
  if (writable && names().length > 0) throw new Error(forged);
  log.warn({ dir }, `stateDir ${dir} had mode ${shown}; it is 0700 now, because it may hold credentials`);
}
