import {
  close,
  closeSync,
  constants,
  fsync,
  fsyncSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statfsSync,
  write,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { showPaths } from '../filesystem/show-paths.js';
import { readOwnFile, type OwnFileText } from '../filesystem/own-file.js';
import { randomName } from '../filesystem/temporary-name.js';
import type { Directory } from '../filesystem/walk.js';
import { messageOf, RollcallError } from '../model/errors.js';
import { fileSystemKind } from '../model/file-system.js';

const flushAsync = promisify(fsync);
const closeAsync = promisify(close);
const writeAsync = promisify(write) as (
  file: number,
  bytes: Buffer,
  from: number,
  length: number,
  at: number,
) => Promise<{ bytesWritten: number }>;

/** A text that is written in parts as they are produced. */
export interface StreamedText {
  /** The parts after the head. Iterate them once. */
  parts(): Iterable<string>;
  /** The beginning of the text. Call it after all parts were produced. */
  head(): string;
  /** The length of the head in bytes, known in advance. */
  readonly headBytes: number;
}

/** A directory whose files are always replaced as a whole. */
export interface StateDirectory {
  readonly path: string;
  /**
   * Replaces the file (mode 0600): write a temporary file beside it, fsync, rename, fsync of the directory. Resolves when the new
   * text is durable; at any time, a reader or a restart after a power failure finds the old text or the new. Other work can run
   * between two parts of a streamed text.
   *
   * @throws RollcallError `STATE_UNWRITABLE`; the old text is in place, or the new text, which a power failure may then undo
   */
  write(name: string, text: string | Uint8Array | StreamedText): Promise<void>;
  /**
   * Reads the file. Undefined when there is no such file. Never follows a link, never blocks.
   *
   * @throws RollcallError `STATE_UNUSABLE` when it cannot be read.
   */
  read(name: string): OwnFileText | undefined;
  /** Removes the file if it exists. Durable when it resolves. @throws RollcallError `STATE_UNWRITABLE` */
  remove(name: string): Promise<void>;
  /** The names of all entries. @throws the error of the file system */
  names(): readonly string[];
  /** Renames the file, so that it is kept but not read again. Returns the new path. */
  setAside(name: string): string;
  close(): Promise<void>;
}

/**
 * Opens a state directory. All calls stay in this directory, even if a directory above it is renamed or replaced. Only one process
 * may write to it, and only one caller at a time may write one name. Temporary files of a killed process are removed.
 *
 * @param directory may be closed when this returns
 * @throws RollcallError `STATE_UNUSABLE` when it cannot be opened.
 */
export function openStateDirectory({ path, descriptor, at }: Directory): StateDirectory {
  const directory = openToFlush(at('.'), path);
  const callPath = (name: string): string =>
    descriptor === undefined ? join(path, name) : `/proc/self/fd/${directory}/${name}`;
  const flush = isInMemory(callPath('.')) ? flushNow : flushAsync;
  removeTempFiles(callPath);
  const explain = (error: unknown): string =>
    showPaths(messageOf(error), (number) => (number === directory ? path : undefined));
  return {
    path,
    async write(name, text) {
      const temporary = callPath(`.${name}.${randomName()}.new`);
      let file: number | undefined;
      try {
        // Only fsync on a disk can take long. The other calls take microseconds, less than a trip through the thread pool,
        // and every change of an output waits for two or three of these writes.
        file = openSync(temporary, 'wx', 0o600);
        if (typeof text === 'string') writeWhole(file, Buffer.from(text));
        else if (text instanceof Uint8Array) writeWhole(file, text);
        else await writeParts(file, text);
        await flush(file);
        closeSync(file);
        file = undefined;
        renameSync(temporary, callPath(name));
        await flush(directory);
      } catch (error) {
        if (file !== undefined) closeSync(file);
        removeIfPossible(temporary);
        throw new RollcallError('STATE_UNWRITABLE', `cannot write ${join(path, name)}: ${explain(error)}`, {
          cause: error,
        });
      }
    },
    read(name) {
      try {
        return readOwnFile(callPath(name));
      } catch (error) {
        throw new RollcallError('STATE_UNUSABLE', `cannot read ${join(path, name)}: ${explain(error)}`, {
          cause: error,
        });
      }
    },
    async remove(name) {
      try {
        rmSync(callPath(name), { force: true });
        await flush(directory);
      } catch (error) {
        throw new RollcallError('STATE_UNWRITABLE', `cannot remove ${join(path, name)}: ${explain(error)}`, {
          cause: error,
        });
      }
    },
    names: () => readdirSync(callPath('.')),
    setAside(name) {
      const taken = new Set(readdirSync(callPath('.')));
      let number = 1;
      while (taken.has(`${name}.set-aside-${number}`)) number++;
      const aside = `${name}.set-aside-${number}`;
      renameSync(callPath(name), callPath(aside));
      return join(path, aside);
    },
    close: () => closeAsync(directory),
  };
}

function openToFlush(reached: string, path: string): number {
  try {
    return openSync(reached, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (error) {
    throw new RollcallError('STATE_UNUSABLE', `cannot open ${path}: ${messageOf(error).replace(reached, path)}`, {
      cause: error,
    });
  }
}

/** In memory, a flush does nothing, so a trip through the thread pool would be a waste. */
function isInMemory(path: string): boolean {
  try {
    return fileSystemKind(statfsSync(path).type) === 'memory';
  } catch {
    return false;
  }
}

function flushNow(file: number): Promise<void> {
  return new Promise((resolve) => {
    fsyncSync(file);
    resolve();
  });
}

/** `.NAME.RANDOM.new`, except temporary files of the lock: another process may be about to use them. */
const temporaryName = /^\.(?!lock\.).+\.new$/;

function removeTempFiles(reach: (name: string) => string): void {
  for (const name of readdirSync(reach('.'))) if (temporaryName.test(name)) removeIfPossible(reach(name));
}

/** Ignores errors: the next start removes the file, and the caller reports the first error. */
function removeIfPossible(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    return;
  }
}

function writeWhole(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
}

async function writeParts(file: number, text: StreamedText): Promise<void> {
  let at = text.headBytes;
  for (const part of text.parts()) at += await writeAt(file, part, at);
  await writeAt(file, text.head(), 0);
}

/** Resolves to the number of bytes. */
async function writeAt(file: number, text: string, at: number): Promise<number> {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length;)
    done += (await writeAsync(file, bytes, done, bytes.length - done, at + done)).bytesWritten;
  return bytes.length;
}
