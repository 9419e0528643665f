import { constants } from 'node:fs';
import { codeOf } from './failure.js';
import type { Spot } from './places.js';

/** Contents of a regular file, without following a link and without waiting. Undefined: there is nothing, or something else. */
export async function readRegular({ folder, name }: Spot): Promise<Buffer | undefined> {
  const { calls, at } = folder;
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  let file: number;
  try {
    file = await calls.open(at(name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    // A link; a socket, which cannot be opened.
    if (['ENOENT', 'ELOOP', 'ENXIO'].includes(codeOf(error) ?? '')) return undefined;
    throw error;
  }
  try {
    const stats = await calls.stat(file);
    return stats.isFile() ? await calls.read(file, stats.size) : undefined;
  } finally {
    await calls.close(file);
  }
}
