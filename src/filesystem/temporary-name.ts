import { randomFillSync } from 'node:crypto';

const nameBytes = 16;
/** Random bytes for some names: one call of the generator costs as much as all other work for a name. */
const pool = Buffer.alloc(32 * nameBytes);
let used = pool.length;

/** 32 random hex digits, for unpredictable names of new files. */
export function randomName(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const name = pool.toString('hex', used, used + nameBytes);
  used += nameBytes;
  return name;
}
