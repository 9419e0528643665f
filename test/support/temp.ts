import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { privateBase, privateMemory } from '../../scripts/private-base.mjs';

const made: string[] = [];

/** A new folder that nobody but this user may write, on a disk if there is one; removed after the test file. */
export async function tempDir(prefix = 'rollcall-'): Promise<string> {
  return make(privateBase(), prefix);
}

/** The same in memory where the machine has such a place: for data whose fsyncs nobody needs to wait for. */
export async function memoryDir(prefix = 'rollcall-'): Promise<string> {
  return make(privateMemory(), prefix);
}

async function make(parent: string, prefix: string): Promise<string> {
  const dir = await mkdtemp(join(parent, prefix));
  made.push(dir);
  return dir;
}

afterAll(async () => {
  for (const dir of made.splice(0)) await rm(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
});
