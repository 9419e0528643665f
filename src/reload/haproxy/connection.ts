import { statSync, type Stats } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { isTrustedUser, showPermissions } from '../../filesystem/trust.js';
import { messageOf, RollcallError } from '../../model/errors.js';

/** Where HAProxy listens for commands (`stats socket`). */
export type AdminAddress = { readonly path: string } | { readonly host: string; readonly port: number };

/** Bytes of one answer that are read at most. 50,000 servers take about 7 MB. */
const mostBytes = 64 << 20;

/** The address as messages name it. */
export function showAddress(address: AdminAddress): string {
  if ('path' in address) return address.path;
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}

/**
 * Sends one line to the admin socket, over a connection of its own, and returns the answer. HAProxy closes the connection after it.
 *
 * @throws RollcallError `HAPROXY_UNREACHABLE` when there is no whole answer, or it is too long; the reason of `signal`
 */
export async function ask(address: AdminAddress, line: string, signal: AbortSignal): Promise<string> {
  // A line feed would begin another command. No caller builds such a line: this is the last guard.
  if (/[\r\n\0]/.test(line)) throw new TypeError('a command of the admin socket is one line');
  signal.throwIfAborted();
  const where = showAddress(address);
  const unreachable = (why: string, cause?: unknown): RollcallError =>
    new RollcallError('HAPROXY_UNREACHABLE', `admin socket ${where}: ${why}`, { cause });
  if ('path' in address) expectTrusted(address.path, unreachable);
  let socket: Socket | undefined;
  let abort = (): void => undefined;
  try {
    return await new Promise<string>((resolve, reject) => {
      const opened = (socket = connect(address));
      const pieces: Buffer[] = [];
      let size = 0;
      abort = () => {
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', abort, { once: true });
      opened.once('connect', () => opened.write(`${line}\n`));
      opened.on('data', (piece: Buffer) => {
        pieces.push(piece);
        size += piece.length;
        if (size > mostBytes) reject(unreachable(`its answer is longer than ${mostBytes >> 20} MiB`));
      });
      opened.once('error', (error) => {
        reject(unreachable(error.message, error));
      });
      opened.once('end', () => {
        if (size === 0) reject(unreachable('it closed the connection without an answer'));
        else resolve(Buffer.concat(pieces, size).toString('latin1'));
      });
      opened.once('close', () => {
        reject(unreachable('the connection broke before the end of the answer'));
      });
    });
  } finally {
    signal.removeEventListener('abort', abort);
    socket?.destroy();
  }
}

/**
 * Another program at the path could say that HAProxy has what it has not. The socket must belong to root, to our user, or to the owner of
 * its directory, and not every user may write there.
 */
function expectTrusted(path: string, unreachable: (why: string, cause?: unknown) => RollcallError): void {
  const look = (place: string): Stats => {
    try {
      return statSync(place);
    } catch (error) {
      throw unreachable(messageOf(error), error);
    }
  };
  const [socket, directory] = [look(path), look(dirname(path))];
  if (!socket.isSocket()) throw unreachable('it is no socket');
  const isOpen = (directory.mode & 0o002) !== 0 && (directory.mode & 0o1000) === 0;
  if (isOpen || !(isTrustedUser(socket.uid) || socket.uid === directory.uid))
    throw unreachable(
      `other users may have made it (${showPermissions(socket)}, in a directory of ${showPermissions(directory)})`,
    );
}
