import { randomFillSync } from 'node:crypto';

/** Bytes of one name: 128 bits cannot be guessed. */
const size = 16;
/** A call for random bytes costs as much as a system call for a file, whatever their number. */
const pool = Buffer.alloc(size * 64);
let used = pool.length;

/** 32 random hex digits, for unpredictable names of new files. */
export function randomName(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const name = pool.toString('hex', used, used + size);
  // The pool keeps no name that a temporary file may still have.
  pool.fill(0, used, (used += size));
  return name;
}
