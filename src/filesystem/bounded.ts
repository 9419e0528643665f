import type { FileHandle } from 'node:fs/promises';

/**
 * Reads all bytes of an open file. Undefined when there are more than `most`. The size from the file system is not enough for
 * this check: the file may grow, and files in /proc report a size of 0.
 */
export async function readUpTo(file: FileHandle, most: number): Promise<Buffer | undefined> {
  const { size: reportedSize } = await file.stat();
  if (reportedSize > most) return undefined;
  const chunks: Buffer[] = [];
  for (let size = 0; size <= most;) {
    const room = Math.max(65_536, reportedSize - size + 1);
    const { bytesRead, buffer } = await file.read(Buffer.alloc(room), 0, room);
    if (bytesRead === 0) return Buffer.concat(chunks);
    chunks.push(buffer.subarray(0, bytesRead));
    size += bytesRead;
  }
  return undefined;
}
