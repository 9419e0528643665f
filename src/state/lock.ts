import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { RollcallError } from '../model/errors.js';
import { identifySelf, isRunning, type ProcessIdentity } from './process.js';

const identity = z.strictObject({ pid: z.int().positive(), started: z.string(), boot: z.string() });

export interface Lock {
  release(): void;
}

/**
 * Makes this process the only user of the directory. The lock is a file that names its holder by pid and start time:
 * a holder that died, however it died, holds nothing. Processes that do not see each other's pids (containers that
 * share a volume) cannot be told apart from dead ones.
 *
 * @throws RollcallError `STATE_LOCKED` while another process, or another store of this one, holds it.
 */
export function acquireLock(dir: string): Lock {
  const path = join(dir, 'lock');
  const mine = `${JSON.stringify(identifySelf())}\n`;
  const temporary = join(dir, `.lock.${process.pid}.new`);
  writeFileSync(temporary, mine, { mode: 0o600 });
  try {
    // A hard link fails when the name is taken, and never shows a half-written file.
    while (!tryLink(temporary, path)) {
      const held = readIfThere(path);
      if (held === undefined) continue;
      const holder = parseHolder(held);
      if (holder && isRunning(holder))
        throw new RollcallError('STATE_LOCKED', `stateDir ${dir} is in use by process ${holder.pid}`);
      dropStale(path, held);
    }
  } finally {
    unlinkSync(temporary);
  }
  return {
    release() {
      if (readIfThere(path) === mine) unlinkSync(path);
    },
  };
}

/** Removes a dead holder's lock, unless another starter has meanwhile put its own in that place. */
function dropStale(path: string, stale: string): void {
  const aside = `${path}.${process.pid}.stale`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (readIfThere(aside) !== stale) tryLink(aside, path);
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

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Undefined for what no rollcall wrote: nobody holds that. */
function parseHolder(text: string): ProcessIdentity | undefined {
  try {
    return identity.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
