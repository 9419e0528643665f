import { constants, type Stats } from 'node:fs';
import { lstat, open, readlink, rm, symlink } from 'node:fs/promises';
import type { Attributes } from './attributes.js';
import type { Calls } from './calls.js';
import type { Content } from './content.js';
import { codeOf } from './failure.js';
import { expectOurOwn } from './in-place.js';
import { changeAttributes, setAttributes } from './set-attributes.js';
import type { Directories, FileLocation } from './directories.js';
import { stampOf, type FileStamp } from './sightings.js';

/** A written file, whose flush may still run. `durable` may reject before it is awaited. */
export interface WrittenFile {
  readonly durable: Promise<void>;
  /** False: rollcall may not give the file to the owner or group that it was to keep. */
  readonly keptOwner: boolean;
  readonly stamp: FileStamp;
}

/**
 * Writes a new file. No other user can read it before its owner and mode are set. An old file of that name is replaced. When
 * this resolves, the file is complete, and its flush to the disk has begun.
 */
export async function writeNew(
  calls: Calls,
  path: string,
  content: Content,
  attributes: Attributes,
): Promise<WrittenFile> {
  const file = await openNew(calls, path);
  let keptOwner: boolean;
  let stamp: FileStamp;
  try {
    await calls.write(file, content.parts);
    keptOwner = await setAttributes(calls, file, attributes);
    stamp = stampOf(await calls.stat(file));
  } catch (error) {
    await calls.close(file);
    throw error;
  }
  const durable = calls.flush(file).finally(() => calls.close(file));
  durable.catch(() => undefined);
  return { durable, keptOwner, stamp };
}

/**
 * Writes into the existing file: its inode stays, and a reader may see an incomplete change. Its owner and mode change first, and only
 * where they differ: the user of rollcall may write into a file whose mode only its owner may change. Durable when it resolves.
 *
 * @throws RollcallError `PATH_UNTRUSTED` for a file that `expectOurOwn` refuses
 */
export async function writeOver(location: FileLocation, content: Uint8Array, attributes?: Attributes): Promise<void> {
  const { directory, name } = location;
  const { O_WRONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  // O_NONBLOCK: the call must not wait for a reader of a FIFO at this path.
  const handle = await open(directory.at(name), O_WRONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const stats = await handle.stat({ bigint: true });
    await expectOurOwn(location, stats, attributes);
    if (attributes) await changeAttributes(handle, stats, attributes);
    for (let at = 0; at < content.length;) {
      const { bytesWritten } = await handle.write(content, at, content.length - at, at);
      at += bytesWritten;
    }
    await handle.truncate(content.length);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Keeps the file under a second name: as a hard link, so that the undo restores the same inode, or, if that is not possible, as
 * a copy with the same mode and owner. Returns false when there is no file.
 */
export async function keep(calls: Calls, path: string, backup: string): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    try {
      await calls.link(path, backup);
      return true;
    } catch (error) {
      const code = codeOf(error);
      if (code === 'ENOENT') return false;
      // A process whose journal was lost, with its stateDir for example, left this file.
      if (code === 'EEXIST' && attempt === 1) await calls.unlink(backup);
      else if (cannotLink.has(code ?? '')) return copyTo(path, backup);
      else throw error;
    }
  }
}

/** The reasons: fs.protected_hardlinks, a file system without hard links, or too many links. */
const cannotLink = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV']);

/** Makes a durable copy with the same mode and, if permitted, the same owner. A symlink is copied as a link. */
export async function copyTo(path: string, copy: string): Promise<true> {
  await rm(copy, { force: true });
  if ((await lstat(path)).isSymbolicLink()) {
    await symlink(await readlink(path), copy);
    return true;
  }
  // One descriptor for all calls: a link that replaces the file meanwhile is not followed.
  const old = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = await old.stat();
    if (!stats.isFile()) throw new Error(`${path} is no regular file`);
    await writeCopy(copy, await old.readFile(), stats);
  } finally {
    await old.close();
  }
  return true;
}

async function writeCopy(copy: string, content: Uint8Array, stats: Stats): Promise<void> {
  const handle = await open(copy, 'wx', 0o600);
  try {
    await handle.writeFile(content);
    if (stats.uid !== process.geteuid?.() || stats.gid !== process.getegid?.()) {
      await handle.chown(stats.uid, stats.gid).catch((error: unknown) => {
        if (codeOf(error) !== 'EPERM') throw error;
      });
    }
    await handle.chmod(stats.mode & 0o7777);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes the renames, links and removals in the directories durable. */
export async function flushDirectories(directories: Directories, paths: Iterable<string>): Promise<void> {
  await Promise.all(
    [...new Set(paths)].map(async (path) => {
      const { calls, at } = await directories.open(path);
      const file = await calls.open(at('.'), constants.O_RDONLY | constants.O_DIRECTORY);
      try {
        await calls.flush(file);
      } finally {
        await calls.close(file);
      }
    }),
  );
}

async function openNew(calls: Calls, path: string): Promise<number> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
  try {
    return await calls.open(path, flags, 0o600);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    await calls.unlink(path);
    return calls.open(path, flags, 0o600);
  }
}
