import { linkSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { readOwnFile } from '../filesystem/own-file.js';
import { randomName } from '../filesystem/temporary-name.js';
import { RollcallError } from '../model/errors.js';
import { identifySelf, isRunning, type ProcessIdentity } from '../process/identity.js';

const identity = z.strictObject({ pid: z.int().positive(), started: z.string(), boot: z.string() });

export interface Lock {
  release(): void;
}

/**
 * Makes this process the only user of the directory. The lock is a file that names its holder by pid and start time, so the lock of a
 * dead process does not count. It does not protect against a process whose pid is not visible here, such as one in another container that
 * shares the volume: that one looks dead.
 *
 * @param dir the path for system calls
 * @param shown the path for messages
 * @throws RollcallError `STATE_LOCKED` while another process, or another store of this process, holds the lock. `STATE_UNUSABLE` when the
 * lock is not a file that rollcall wrote: a link, a FIFO, a file of another user.
 */
export function acquireLock(dir: string, shown = dir): Lock {
  const path = join(dir, 'lock');
  const mine = `${JSON.stringify(identifySelf())}\n`;
  const temporary = join(dir, `.lock.${randomName()}.new`);
  const read = (file: string): string | undefined => {
    const found = readOwnFile(file);
    if (found === undefined || 'text' in found) return found?.text;
    throw new RollcallError(
      'STATE_UNUSABLE',
      `stateDir ${shown} cannot be locked: ${shown}/lock is not believed: ${found.problem}`,
      {
        hint: 'Find out which program created it, and remove it while no rollcall uses the directory.',
      },
    );
  };
  writeFileSync(temporary, mine, { mode: 0o600, flag: 'wx' });
  try {
    // Creating a hard link fails if the name is taken, and readers never see a half-written file.
    while (!tryLink(temporary, path)) {
      const held = read(path);
      if (held === undefined) continue;
      const holder = parseHolder(held);
      if (holder && isRunning(holder))
        throw new RollcallError('STATE_LOCKED', `stateDir ${shown} is in use by process ${holder.pid}`);
      dropStale(path, held, read);
    }
  } finally {
    unlinkSync(temporary);
  }
  return {
    release() {
      const held = readOwnFile(path);
      if (held && 'text' in held && held.text === mine) unlinkSync(path);
    },
  };
}

/** Removes the lock of a dead holder, unless another process has replaced it in the meantime. */
function dropStale(path: string, stale: string, read: (file: string) => string | undefined): void {
  const aside = `${path}.${randomName()}.stale`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (read(aside) !== stale) tryLink(aside, path);
  unlinkSync(aside);
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Undefined for a file that rollcall did not write: no process holds such a lock. */
function parseHolder(text: string): ProcessIdentity | undefined {
  try {
    return identity.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
