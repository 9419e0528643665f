import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { readTrusted } from '../filesystem/read.js';
import { RollcallError } from '../model/errors.js';
import { explainUnread } from '../model/file-error.js';
import type { TlsFiles } from './options.js';

/** The contents of the TLS files, and a stamp that changes when a file changes. */
export interface TlsMaterial {
  readonly stamp: string;
  readonly ca: Buffer | null;
  readonly cert: Buffer | null;
  readonly key: Buffer | null;
}

/**
 * A text that changes when a file changes: its inode, size or time. It follows symbolic links, so it also notices a mounted
 * secret that is swapped through a link.
 *
 * @throws RollcallError `ETCD_TLS_FILES`
 */
export async function stampOf(files: TlsFiles): Promise<string> {
  const stamps = await Promise.all(
    [files.ca, files.cert, files.key].map(async (path) => {
      if (typeof path !== 'string') return '';
      const { dev, ino, size, mtimeMs } = await stat(path).catch(refuse(path));
      return `${dev}:${ino}:${size}:${mtimeMs}`;
    }),
  );
  return stamps.join('|');
}

/**
 * Reads the TLS files by the rules of `readTrusted`.
 *
 * @throws RollcallError `ETCD_TLS_FILES`, also when another user could have replaced or changed one of the files
 */
export async function readTls(files: TlsFiles): Promise<TlsMaterial> {
  // Take the stamp first: a file that changes while it is read is read again next time.
  const stamp = await stampOf(files);
  const read = (path: string | Buffer | undefined, notWritableByOthers: boolean): Promise<Buffer | null> =>
    typeof path !== 'string'
      ? Promise.resolve(path ?? null)
      : readTrusted(resolve(path), { notWritableByOthers }).catch(refuse(path));
  // A user who can write the authorities chooses the server; one who can write the key chooses our identity.
  const [ca, cert, key] = await Promise.all([read(files.ca, true), read(files.cert, false), read(files.key, true)]);
  return { stamp, ca, cert, key };
}

function refuse(path: string): (cause: unknown) => never {
  return (cause) => {
    throw new RollcallError('ETCD_TLS_FILES', `cannot read the TLS file ${path}: ${explainUnread(cause)}`, { cause });
  };
}
