import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { readTrusted } from '../filesystem/read.js';
import { RollcallError } from '../model/errors.js';
import { explainUnread } from '../model/file-error.js';
import type { TlsFiles } from './options.js';

/** What the files held, and by what to tell that they changed. */
export interface TlsMaterial {
  readonly stamp: string;
  readonly ca: Buffer | null;
  readonly cert: Buffer | null;
  readonly key: Buffer | null;
}

/**
 * Changes when a file does: its place, size or time. Symbolic links are followed, so a mounted secret that is swapped
 * by its link changes too.
 *
 * @throws RollcallError ETCD_TLS_FILES
 */
export async function stampOf(files: TlsFiles): Promise<string> {
  const stamps = await Promise.all(
    [files.ca, files.cert, files.key].map(async (path) => {
      if (path === undefined) return '';
      const { dev, ino, size, mtimeMs } = await stat(path).catch(refuse(path));
      return `${dev}:${ino}:${size}:${mtimeMs}`;
    }),
  );
  return stamps.join('|');
}

/**
 * Reads them by the rules of src/filesystem.
 *
 * @throws RollcallError ETCD_TLS_FILES, also where another user could have put or written one of them
 */
export async function readTls(files: TlsFiles): Promise<TlsMaterial> {
  // The stamp is taken first: a file that changes while it is read is read again next time.
  const stamp = await stampOf(files);
  const read = (path: string | undefined, unwritable: boolean): Promise<Buffer | null> =>
    path === undefined ? Promise.resolve(null) : readTrusted(resolve(path), { unwritable }).catch(refuse(path));
  // Who writes the authorities chooses the server; who writes the key chooses as whom we come.
  const [ca, cert, key] = await Promise.all([read(files.ca, true), read(files.cert, false), read(files.key, true)]);
  return { stamp, ca, cert, key };
}

function refuse(path: string): (cause: unknown) => never {
  return (cause) => {
    throw new RollcallError('ETCD_TLS_FILES', `cannot read the TLS file ${path}: ${explainUnread(cause)}`, { cause });
  };
}
