import * as fs from 'node:fs';
import { access, lstat, mkdir, readlink, statfs } from 'node:fs/promises';
import { promisify } from 'node:util';
import { fileSystemKind } from '../model/file-system.js';

/** An opened directory. */
export interface OpenedDirectory {
  /** Undefined on systems without `hasDescriptorPaths`. */
  readonly descriptor: number | undefined;
  readonly stats: fs.Stats;
}

/** The system calls of a walk. They reject with the errors of node:fs. */
export interface DirectoryCalls {
  /** Opens a directory. Never follows a link: rejects with ENOTDIR (or ELOOP) if the path is no directory. */
  open(path: string): Promise<OpenedDirectory>;
  close(descriptor: number): Promise<void>;
  /** Does not follow a link. */
  lstat(path: string): Promise<fs.Stats>;
  readlink(path: string): Promise<string>;
  mkdir(path: string, mode: number): Promise<void>;
  /** Rejects with EROFS on a file system that is mounted read-only. */
  checkWritable(path: string): Promise<void>;
}

/** A flag of Linux (open(2)): the descriptor only names the directory and needs no permission on it. Node has no constant for it. */
const O_PATH = 0o10000000;

/** Whether `/proc/self/fd/N/name` means `name` in the directory of descriptor N, even after the directory was moved, as with openat(2). */
export const hasDescriptorPaths = process.platform === 'linux' && fs.existsSync('/proc/self/fd');

const flags = O_PATH | fs.constants.O_DIRECTORY | fs.constants.O_NOFOLLOW;
const openAsync = promisify(fs.open);
const statAsync = promisify(fs.fstat);
const closeAsync = promisify(fs.close);

function expectDirectory(path: string, stats: fs.Stats): OpenedDirectory {
  if (stats.isDirectory()) return { descriptor: undefined, stats };
  throw Object.assign(new Error(`ENOTDIR: not a directory, open '${path}'`), {
    code: 'ENOTDIR',
    syscall: 'open',
    path,
  });
}

/** Calls through the thread pool: a slow call does not block other work. */
export const asyncDirectoryCalls: DirectoryCalls = {
  async open(path) {
    if (!hasDescriptorPaths) return expectDirectory(path, await lstat(path));
    const descriptor = await openAsync(path, flags);
    try {
      return { descriptor, stats: await statAsync(descriptor) };
    } catch (error) {
      await closeAsync(descriptor);
      throw error;
    }
  },
  close: closeAsync,
  lstat,
  readlink,
  async mkdir(path, mode) {
    await mkdir(path, { mode });
  },
  checkWritable: (path) => access(path, fs.constants.W_OK),
};

/** Synchronous calls: on a local disk, a trip through the thread pool takes many times as long as the call itself. */
export const syncDirectoryCalls: DirectoryCalls = {
  open: promisifySync((path) => {
    if (!hasDescriptorPaths) return expectDirectory(path, fs.lstatSync(path));
    const descriptor = fs.openSync(path, flags);
    try {
      return { descriptor, stats: fs.fstatSync(descriptor) };
    } catch (error) {
      fs.closeSync(descriptor);
      throw error;
    }
  }),
  close: promisifySync(fs.closeSync),
  lstat: promisifySync((path) => fs.lstatSync(path)),
  readlink: promisifySync((path) => fs.readlinkSync(path)),
  mkdir: promisifySync((path, mode) => {
    fs.mkdirSync(path, { mode });
  }),
  checkWritable: promisifySync((path) => {
    fs.accessSync(path, fs.constants.W_OK);
  }),
};

function promisifySync<A extends unknown[], T>(call: (...given: A) => T): (...given: A) => Promise<T> {
  return (...given) =>
    new Promise((resolve) => {
      resolve(call(...given));
    });
}

/** The calls for a walk to this directory: synchronous on a local disk; asynchronous on others, or if the directory does not exist. Never rejects. */
export async function directoryCallsFor(directory: string): Promise<DirectoryCalls> {
  try {
    const { type } = await statfs(directory);
    return fileSystemKind(type) === 'remote' ? asyncDirectoryCalls : syncDirectoryCalls;
  } catch {
    return asyncDirectoryCalls;
  }
}
