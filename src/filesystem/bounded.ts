import type { FileHandle } from 'node:fs/promises';

/**
 * All bytes of an open file, or undefined when there are more than `most`. The size that the file system tells is not enough: the
 * file may grow, and /proc says 0.
 */
export async function readUpTo(file: FileHandle, most: number): Promise<Buffer | undefined> {
  const { size: told } = await file.stat();
  if (told > most) return undefined;
  const chunks: Buffer[] = [];
  for (let size = 0; size <= most;) {
    const room = Math.max(65_536, told - size + 1);
    const { bytesRead, buffer } = await file.read(Buffer.alloc(room), 0, room);
    if (bytesRead === 0) return Buffer.concat(chunks);
    chunks.push(buffer.subarray(0, bytesRead));
    size += bytesRead;
  }
  return undefined;
}
