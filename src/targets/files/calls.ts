import * as fs from 'node:fs';
import { link, lstat, rename, statfs, unlink } from 'node:fs/promises';
import { promisify } from 'node:util';
import { syncDirectoryCalls, asyncDirectoryCalls, type DirectoryCalls } from '../../filesystem/directory-calls.js';
import { fileSystemKind, type FileSystemKind } from '../../model/file-system.js';

/** Calls of node:fs with one interface, synchronous or not. Files are descriptors. */
export interface Calls {
  open(path: string, flags: number, mode?: number): Promise<number>;
  close(file: number): Promise<void>;
  stat(file: number): Promise<fs.BigIntStats>;
  /** Reads `size` bytes from the start; fewer when the file is shorter. */
  read(file: number, size: number): Promise<Buffer>;
  /** Writes all parts, one after the other, from the present position. */
  write(file: number, parts: readonly Uint8Array[]): Promise<void>;
  chown(file: number, uid: number, gid: number): Promise<void>;
  chmod(file: number, mode: number): Promise<void>;
  flush(file: number): Promise<void>;
  /** Stats of the path itself, even if it is a symlink. */
  lstat(path: string): Promise<fs.BigIntStats>;
  link(path: string, name: string): Promise<void>;
  rename(path: string, name: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** Whether `lstat` shows every change at once: not on a file system that another machine may change, too. */
  readonly hasExactStats: boolean;
  /** The calls for the walk to the directory. */
  readonly directories: DirectoryCalls;
}

const readPart = promisify(fs.read);
const writeParts = promisify(fs.writev) as unknown as (
  file: number,
  parts: readonly Uint8Array[],
) => Promise<{ bytesWritten: number }>;
const statLater = promisify(fs.fstat) as (file: number, options: { bigint: true }) => Promise<fs.BigIntStats>;

/** Calls through the thread pool: while a call waits, other work goes on. */
export const later: Calls = {
  open: promisify(fs.open),
  close: promisify(fs.close),
  stat: (file) => statLater(file, { bigint: true }),
  async read(file, size) {
    const content = Buffer.allocUnsafe(size);
    for (let have = 0; have < size;) {
      const { bytesRead } = await readPart(file, content, have, size - have, have);
      if (bytesRead === 0) return content.subarray(0, have);
      have += bytesRead;
    }
    return content;
  },
  async write(file, parts) {
    let rest = parts;
    while (rest.length > 0) rest = unwritten(rest, (await writeParts(file, rest)).bytesWritten);
  },
  hasExactStats: false,
  chown: promisify(fs.fchown),
  chmod: promisify(fs.fchmod),
  flush: promisify(fs.fsync),
  lstat: (path) => lstat(path, { bigint: true }),
  link,
  rename,
  unlink,
  directories: asyncDirectoryCalls,
};

/** Synchronous calls: on a fast file system, the thread pool takes many times as long as the call itself. */
export const atOnce: Calls = {
  open: made(fs.openSync),
  close: made(fs.closeSync),
  stat: made((file) => fs.fstatSync(file, { bigint: true })),
  read: made((file, size) => {
    const content = Buffer.allocUnsafe(size);
    for (let have = 0; have < size;) {
      const bytesRead = fs.readSync(file, content, have, size - have, have);
      if (bytesRead === 0) return content.subarray(0, have);
      have += bytesRead;
    }
    return content;
  }),
  write: made((file, parts) => {
    let rest = parts;
    while (rest.length > 0) rest = unwritten(rest, fs.writevSync(file, rest));
  }),
  hasExactStats: true,
  chown: made(fs.fchownSync),
  chmod: made(fs.fchmodSync),
  flush: made(fs.fsyncSync),
  lstat: made((path) => fs.lstatSync(path, { bigint: true })),
  link: made(fs.linkSync),
  rename: made(fs.renameSync),
  unlink: made(fs.unlinkSync),
  directories: syncDirectoryCalls,
};

/** The parts that are left after so many bytes. Empty parts are dropped. */
function unwritten(parts: readonly Uint8Array[], written: number): readonly Uint8Array[] {
  let [at, left] = [0, written];
  for (let part = parts[at]; part !== undefined && left >= part.length; part = parts[at]) {
    left -= part.length;
    at += 1;
  }
  const [first, ...others] = parts.slice(at);
  return first === undefined || left === 0 ? parts.slice(at) : [first.subarray(left), ...others];
}

function sizeOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

function made<A extends unknown[], T>(call: (...given: A) => T): (...given: A) => Promise<T> {
  return (...given) =>
    new Promise((resolve) => {
      resolve(call(...given));
    });
}

/** From this size in bytes on, reads and writes on a local disk go through the thread pool. */
const much = 262_144;

const byFileSystem: Readonly<Record<FileSystemKind, Calls>> = {
  memory: atOnce,
  local: {
    ...atOnce,
    read: (file, size) => (size < much ? atOnce : later).read(file, size),
    write: (file, parts) => (sizeOf(parts) < much ? atOnce : later).write(file, parts),
    flush: (file) => later.flush(file),
  },
  remote: later,
};

/** Selects the calls for a directory: a file system that hangs must not block other targets. */
export interface Disks {
  /** Never rejects. */
  callsIn(directory: string): Promise<Calls>;
  /** Whether synchronous calls are quick in a directory, and show every change at once. False also when no pass has used it. */
  areQuickIn(directory: string): boolean;
}

export function createDisks(): Disks {
  const known = new Map<string, Calls>();
  return {
    areQuickIn: (directory) => known.get(directory)?.hasExactStats === true,
    async callsIn(directory) {
      const before = known.get(directory);
      if (before) return before;
      try {
        const { type } = await statfs(directory);
        const calls = byFileSystem[fileSystemKind(type)];
        known.set(directory, calls);
        return calls;
      } catch {
        // The directory does not exist yet, or the call that needs it reports the error.
        return later;
      }
    },
  };
}
