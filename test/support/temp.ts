import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

const made: string[] = [];

/** A new folder under the system's temporary one, removed after the test file. */
export async function tempDir(prefix = 'rollcall-'): Promise<string> {
  return make(tmpdir(), prefix);
}

/** The same in memory where the machine has /dev/shm: for data whose fsyncs nobody needs to wait for. */
export async function memoryDir(prefix = 'rollcall-'): Promise<string> {
  return make(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), prefix);
}

async function make(parent: string, prefix: string): Promise<string> {
  const dir = await mkdtemp(join(parent, prefix));
  made.push(dir);
  return dir;
}

afterAll(async () => {
  for (const dir of made.splice(0)) await rm(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
});
