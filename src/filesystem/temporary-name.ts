import { randomBytes } from 'node:crypto';

/** 32 hex digits that nobody can have foreseen, for names that are to be new. */
export function randomName(): string {
  return randomBytes(16).toString('hex');
}
