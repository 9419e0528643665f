import { chmodSync, lstatSync, renameSync, rmSync, unlinkSync } from 'node:fs';
import type { Server } from 'node:http';
import { directoryCallsFor } from '../filesystem/directory-calls.js';
import { randomName } from '../filesystem/temporary-name.js';
import { openDirectory, type Directory } from '../filesystem/walk.js';
import { RollcallError } from '../model/errors.js';

/** The name of the socket in stateDir. */
export const socketName = 'admin.sock';

/** The longest path of a socket, in bytes: unix(7) has 108 with the zero at the end, other systems 104. */
const longestPath = process.platform === 'linux' ? 107 : 103;

/** A socket in a directory, by a path that is short enough for the system. */
export interface SocketPlace {
  readonly directory: Directory;
  /** For `bind` and `connect`: below /proc/self/fd where there is one, so that the length of the directory does not matter. */
  pathOf(name: string): string;
}

/** @throws RollcallError `PATH_UNTRUSTED`; the error of the file system */
export async function openSocketPlace(stateDir: string): Promise<SocketPlace> {
  const directory = await openDirectory(stateDir, {
    calls: await directoryCallsFor(stateDir),
    notWritableByOthers: 'all',
  });
  return {
    directory,
    pathOf(name) {
      const path = directory.at(name);
      if (Buffer.byteLength(path) <= longestPath) return path;
      const message = `the path of the socket ${path} has more than ${longestPath} bytes`;
      throw new RollcallError('ADMIN_UNAVAILABLE', message, { hint: 'Choose a shorter `stateDir`.' });
    },
  };
}

/**
 * Listens on the socket of a stateDir (mode 0600), in place of one that a dead process left. The caller holds the lock of the directory, so
 * no other process listens there.
 *
 * @returns closes the server and removes the socket
 * @throws RollcallError `ADMIN_UNAVAILABLE`, `PATH_UNTRUSTED`; the error of the file system
 */
export async function listenOnSocket(server: Server, stateDir: string): Promise<() => Promise<void>> {
  const place = await openSocketPlace(stateDir);
  const { directory } = place;
  // Bound under another name, restricted, then renamed: no client finds a socket that is not ready.
  const temporary = `.admin.${randomName()}.new`;
  let inode: number;
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(place.pathOf(temporary), resolve);
    });
    chmodSync(directory.at(temporary), 0o600);
    renameSync(directory.at(temporary), directory.at(socketName));
    inode = lstatSync(directory.at(socketName)).ino;
  } catch (error) {
    server.close();
    rmSync(directory.at(temporary), { force: true });
    await directory.close();
    throw error;
  }
  return async () => {
    if (lstatSync(directory.at(socketName), { throwIfNoEntry: false })?.ino === inode)
      unlinkSync(directory.at(socketName));
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await directory.close();
  };
}
