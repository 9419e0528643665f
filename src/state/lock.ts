import { linkSync, renameSync, statfsSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { lstat, open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { readOwnFile } from '../filesystem/own-file.js';
import { randomName } from '../filesystem/temporary-name.js';
import { RollcallError } from '../model/errors.js';
import { fileSystemKind } from '../model/file-system.js';
import type { Log } from '../ports/runtime.js';
import { identifySelf } from '../process/identity.js';
import { isHeld, nameHolder, parseHolder, stateLockTimes as times } from './lock-holder.js';

export interface Lock {
  /** Aborts with an error `STATE_LOCKED` when another process has taken the lock, because this one was stopped for seconds. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

export interface LockOptions {
  readonly log: Log;
  /** The path of the directory for messages. Default: the path for system calls. */
  readonly shown?: string;
}

/**
 * Makes this process the only user of the directory. The lock is a file that names its holder by pid and start time, so the lock of a
 * dead process does not count. The holder refreshes the file's time: by this heartbeat, a process in another container or on another
 * machine that shares the volume sees that it lives.
 *
 * @param dir the path for system calls
 * @throws RollcallError `STATE_LOCKED` while another process, or another store of this process, holds the lock. `STATE_UNUSABLE` when the
 * lock is not a file that rollcall wrote: a link, a FIFO, a file of another user.
 */
export async function acquireLock(dir: string, { log, shown = dir }: LockOptions): Promise<Lock> {
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
  const isShared = fileSystemKind(statfsSync(dir).type) === 'remote';
  const onWait = (): void => {
    log.info({ dir: shown }, 'waiting for the heartbeat of another process that may use stateDir, at most 10 s');
  };
  let file: FileHandle | undefined;
  try {
    file = await open(temporary, 'r+');
    const now = statSync(temporary).mtimeMs;
    // Creating a hard link fails if the name is taken, and readers never see a half-written file.
    while (!tryLink(temporary, path)) {
      const held = read(path);
      if (held === undefined) continue;
      const holder = parseHolder(held);
      if (holder && (await isHeld(holder, { path, times, isShared, now, onWait })))
        throw new RollcallError('STATE_LOCKED', `stateDir ${shown} is in use by ${nameHolder(holder)}`);
      dropStale(path, held, read);
    }
    return keepLock(path, mine, file, shown);
  } catch (error) {
    await file?.close();
    throw error;
  } finally {
    unlinkSync(temporary);
  }
}

/** Refreshes the time of the lock until it is released, and looks whether it is still this process's own. */
function keepLock(path: string, mine: string, file: FileHandle, shown: string): Lock {
  const lost = new AbortController();
  let beating: Promise<void> = Promise.resolve();
  async function beat(): Promise<void> {
    const now = new Date();
    // A server that does not answer must not end the process. The next beat tries again.
    await file.utimes(now, now).catch(() => undefined);
    const found = await Promise.all([file.stat(), lstat(path)]).catch(() => undefined);
    if (found === undefined || found[0].ino === found[1].ino) return;
    clearInterval(timer);
    lost.abort(new RollcallError('STATE_LOCKED', `another process has taken stateDir ${shown}`));
  }
  const timer = setInterval(() => {
    beating = beating.then(beat);
  }, times.heartbeat).unref();
  return {
    lost: lost.signal,
    async release() {
      clearInterval(timer);
      await beating;
      await file.close();
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
