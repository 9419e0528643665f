import { constants } from 'node:fs';
import { openWithDirectory } from '../filesystem/read.js';
import { mayOthersWrite, showPermissions, type Permissions } from '../filesystem/trust.js';
import { RollcallError } from '../model/errors.js';
import { explainUnread } from '../model/file-error.js';
import type { Clock } from '../ports/runtime.js';

export interface PidFile {
  readonly pid: number;
  /** Milliseconds since the epoch when it was last written. */
  readonly writtenAt: number;
  /** User id of its owner. */
  readonly uid: number;
  /** Permissions of the directory that holds the file; undefined when a link of the kernel led to the file. */
  readonly directory: Permissions | undefined;
}

// HAProxy empties its pid file and writes it again at each reload. Milliseconds.
const EMPTY_MS = 1000;
const PAUSE_MS = 10;

/**
 * Reads a pid file: a regular file, not writable by others, whose first line is a decimal pid of 1 or more. The rules of src/filesystem
 * apply to its path. The read never waits for a FIFO or a device.
 *
 * @param clock with it, an empty file is read again for up to a second: a consumer may be writing it
 * @throws RollcallError `PID_STALE` when the file is absent or holds no pid, `PID_UNTRUSTED` when its group or every user may write it,
 * or when another user could have created a part of its path.
 */
export async function readPidFile(path: string, clock?: Pick<Clock, 'sleep'>): Promise<PidFile> {
  const { file, directory } = await openWithDirectory(path).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'EISDIR')
      throw new RollcallError('PID_UNTRUSTED', `pid file ${path} is no regular file`);
    if (error instanceof RollcallError)
      throw new RollcallError('PID_UNTRUSTED', `pid file ${path}: ${error.message}`, { cause: error });
    throw new RollcallError('PID_STALE', `pid file ${path}: ${explainUnread(error)}`, { cause: error });
  });
  try {
    const { mode, mtimeMs, uid } = await file.stat();
    if ((mode & constants.S_IFMT) !== constants.S_IFREG)
      throw new RollcallError('PID_UNTRUSTED', `pid file ${path} is no regular file`);
    if ((mode & constants.S_IWOTH) !== 0)
      throw new RollcallError('PID_UNTRUSTED', `pid file ${path} is writable by every user`);
    // `verifyProcess` decides which owners are accepted: it knows the process.
    const permissions = { uid: process.geteuid?.() ?? uid, mode };
    if (mayOthersWrite(permissions))
      throw new RollcallError(
        'PID_UNTRUSTED',
        `pid file ${path} may be written by its group (${showPermissions({ uid, mode })})`,
      );
    let { buffer, bytesRead } = await file.read(Buffer.alloc(64), 0, 64, 0);
    for (let waited = 0; bytesRead === 0 && clock && waited < EMPTY_MS; waited += PAUSE_MS) {
      await clock.sleep(PAUSE_MS);
      ({ buffer, bytesRead } = await file.read(Buffer.alloc(64), 0, 64, 0));
    }
    const [line = ''] = buffer.toString('latin1', 0, bytesRead).split('\n');
    const pid = /^\s*[1-9]\d{0,9}\s*$/.test(line) ? Number(line) : undefined;
    if (pid === undefined) throw new RollcallError('PID_STALE', `pid file ${path}: its first line is no process id`);
    return { pid, writtenAt: mtimeMs, uid, directory };
  } finally {
    await file.close();
  }
}
