import { constants } from 'node:fs';
import { codeOf } from './failure.js';
import type { FileLocation } from './directories.js';

/** Far more bytes than an output of 100,000 instances has. A longer file is not shown, and not written in place. */
export const mostBytes = 64 << 20;

/**
 * Reads a regular file, without following a link and without waiting for a FIFO. Undefined when it does not exist or is no
 * regular file.
 *
 * @param most the most bytes that the file may have
 * @throws the error of the file system; a RangeError when the file is longer
 */
export async function readRegular({ directory, name }: FileLocation, most = Infinity): Promise<Buffer | undefined> {
  const { calls, at } = directory;
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  let file: number;
  try {
    file = await calls.open(at(name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    // ELOOP: a link. ENXIO: a socket, which cannot be opened.
    if (['ENOENT', 'ELOOP', 'ENXIO'].includes(codeOf(error) ?? '')) return undefined;
    throw error;
  }
  try {
    const stats = await calls.stat(file);
    if (!stats.isFile()) return undefined;
    if (stats.size > most) throw new RangeError(`it is longer than ${most >> 20} MiB`);
    return await calls.read(file, Number(stats.size));
  } finally {
    await calls.close(file);
  }
}
