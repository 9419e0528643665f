import { randomBytes } from 'node:crypto';

/** 32 random hex digits, for unpredictable names of new files. */
export function randomName(): string {
  return randomBytes(16).toString('hex');
}
