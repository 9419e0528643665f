import {
  close,
  closeSync,
  fsync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  write,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf, RollcallError } from '../model/errors.js';
import { distanceOf } from '../model/file-system.js';

const flushLater = promisify(fsync);
const closeLater = promisify(close);
const writeLater = promisify(write) as (
  file: number,
  bytes: Buffer,
  from: number,
  length: number,
  at: number,
) => Promise<{ bytesWritten: number }>;

/** A text that is written as it is made. */
export interface LongText {
  /** What follows the head, to be gone through once. */
  parts(): Iterable<string>;
  /** Stands first, and is known when all parts are there; of a length that is known before. */
  head(): string;
  readonly headBytes: number;
}

/** A directory whose files are only ever replaced whole. */
export interface Folder {
  readonly path: string;
  /**
   * Replaces the file (mode 0600): temporary file beside it, fsync, rename, fsync of the directory. Durable when it
   * resolves; a reader, and a machine that loses power, has the old text or the new. Between two parts of a long text
   * others have their turn.
   *
   * @throws RollcallError `STATE_UNWRITABLE`; the old text is in place, or the new one is but may not outlive a power cut.
   */
  write(name: string, text: string | LongText): Promise<void>;
  /** Undefined when there is no such file. @throws RollcallError `STATE_UNUSABLE` when it cannot be read. */
  read(name: string): string | undefined;
  /** Renames the file so that it is kept but never read again. Returns the new path. */
  setAside(name: string): string;
  close(): Promise<void>;
}

/**
 * The directory must be there. One process writes to it, and one name is written by one caller at a time.
 *
 * @throws RollcallError `STATE_UNUSABLE` when it cannot be opened.
 */
export function openFolder(path: string): Folder {
  const directory = openDirectory(path);
  const flush = isInMemory(path) ? flushNow : flushLater;
  return {
    path,
    async write(name, text) {
      const temporary = join(path, `.${name}.new`);
      let file: number | undefined;
      try {
        // Only fsync on a disk can take long. The rest costs microseconds, less than a trip through the thread pool does,
        // and every change to an output waits for two or three of these writes.
        file = openSync(temporary, 'w', 0o600);
        if (typeof text === 'string') writeWhole(file, text);
        else await writeParts(file, text);
        await flush(file);
        closeSync(file);
        file = undefined;
        renameSync(temporary, join(path, name));
        await flush(directory);
      } catch (error) {
        if (file !== undefined) closeSync(file);
        removeIfPossible(temporary);
        throw new RollcallError('STATE_UNWRITABLE', `cannot write ${join(path, name)}: ${messageOf(error)}`, {
          cause: error,
        });
      }
    },
    read(name) {
      try {
        return readFileSync(join(path, name), 'utf8');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw new RollcallError('STATE_UNUSABLE', `cannot read ${join(path, name)}: ${messageOf(error)}`, {
          cause: error,
        });
      }
    },
    setAside(name) {
      const taken = new Set(readdirSync(path));
      let number = 1;
      while (taken.has(`${name}.set-aside-${number}`)) number++;
      const aside = join(path, `${name}.set-aside-${number}`);
      renameSync(join(path, name), aside);
      return aside;
    },
    close: () => closeLater(directory),
  };
}

function openDirectory(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    throw new RollcallError('STATE_UNUSABLE', `cannot open ${path}: ${messageOf(error)}`, { cause: error });
  }
}

/** There a flush does nothing, so nothing but the way through the thread pool would be waited for. */
function isInMemory(path: string): boolean {
  try {
    return distanceOf(statfsSync(path).type) === 'memory';
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

/** What is left is overwritten by the next write; the error that led here is the one to be told. */
function removeIfPossible(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    return;
  }
}

function writeWhole(file: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
}

async function writeParts(file: number, text: LongText): Promise<void> {
  let at = text.headBytes;
  for (const part of text.parts()) at += await writeAt(file, part, at);
  await writeAt(file, text.head(), 0);
}

/** Resolves to the number of bytes. */
async function writeAt(file: number, text: string, at: number): Promise<number> {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length;)
    done += (await writeLater(file, bytes, done, bytes.length - done, at + done)).bytesWritten;
  return bytes.length;
}
