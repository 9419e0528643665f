import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { privateBase, privateMemory } from '../../scripts/private-base.mjs';
import { atEnd } from './at-end.js';

const made: string[] = [];

/** A new directory that only this user may write to, on a disk if there is one. Removed after the test file. */
export async function tempDir(prefix = 'rollcall-'): Promise<string> {
  return make(privateBase(), prefix);
}

/** The same, in memory if possible: for data that need not survive, so that fsync is fast. */
export async function memoryDir(prefix = 'rollcall-'): Promise<string> {
  return make(privateMemory(), prefix);
}

async function make(parent: string, prefix: string): Promise<string> {
  const dir = await mkdtemp(join(parent, prefix));
  made.push(dir);
  return dir;
}

atEnd(async () => {
  for (const dir of made.splice(0)) await rm(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
});
