import { chmodSync, chownSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Isolation, Layer } from '../process/isolate.js';

/** The number of links that are made before other work may run. */
const batch = 256;

/**
 * Makes the directory that `isolate` describes. It holds names and paths, and no contents of outputs. It replaces what a killed process left.
 * The calls are synchronous, because a trip through the thread pool takes longer than each of them.
 *
 * @throws the error of the file system
 */
export async function prepareLayers(path: string, { layers, plan }: Isolation, token: string): Promise<void> {
  removeLayers(path);
  mkdirSync(path, { mode: 0o700 });
  writeFileSync(join(path, 'plan'), plan, { mode: 0o600, flag: 'wx' });
  for (const layer of layers) await prepareLayer(path, layer, token);
}

async function prepareLayer(path: string, { number, directory, files, hidden }: Layer, token: string): Promise<void> {
  const upper = join(path, `upper${number}`);
  for (const made of [upper, join(path, `lower${number}`), join(path, `work${number}`)])
    mkdirSync(made, { mode: 0o700 });
  if (hidden.length > 0) writeFileSync(join(path, `hidden${number}`), hidden.map((name) => `${name}\0`).join(''));
  writeFileSync(join(upper, token), '', { flag: 'wx' });
  for (const [index, [name, content]] of files.entries()) {
    symlinkSync(content, join(upper, name));
    if (index % batch === batch - 1) await setImmediate();
  }
  const { mode, uid, gid } = statSync(directory);
  try {
    chownSync(upper, uid, gid);
  } catch {
    // Only root may do this. For any other user, the directory that the check sees belongs to that user.
  }
  chmodSync(upper, mode & 0o7777);
}

/** Removes the directory if it exists. @throws the error of the file system */
export function removeLayers(path: string): void {
  try {
    // A directory that its owner may not write must become writable first.
    for (const name of readdirSync(path)) if (name.startsWith('upper')) chmodSync(join(path, name), 0o700);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  rmSync(path, { recursive: true, force: true });
}
