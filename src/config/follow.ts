import { stat } from 'node:fs/promises';
import type { Clock } from '../ports.js';
import { readContents } from './contents.js';

// File servers and old file systems count in whole seconds: a younger file may change again and look the same.
const YOUNG_MS = 3000;

export interface FollowOptions {
  readonly clock: Clock;
  /** Milliseconds between two looks. Default 1000. */
  readonly interval?: number;
}

interface Followed {
  readonly path: string;
  /** What the caller knows of. */
  known: string;
  /** What the last look found, and what the file looked like from outside then. */
  found: string;
  outside: string;
}

/**
 * Follows files until the signal aborts, and calls back with the paths whose content has changed. It looks by polling:
 * a ConfigMap is a symlink that is swapped far from the file, and NFS reports no events. A change is handed on once two
 * looks in a row found the same content, so that a half-written file is not taken up; a touched file is no change; a
 * file that is absent or unreadable has an empty content of its own.
 *
 * @param files path to the digest that the caller has read, so that nothing is missed in between.
 * @param onChange must not throw. The next change is looked for after it has returned.
 */
export async function followFiles(
  files: ReadonlyMap<string, string>,
  onChange: (changed: readonly string[]) => void,
  { clock, interval = 1000 }: FollowOptions,
  signal: AbortSignal,
): Promise<void> {
  const followed = [...files].map(([path, known]): Followed => ({ path, known, found: known, outside: '' }));
  while (!signal.aborted) {
    let settled = true;
    for (const file of followed) {
      const before = file.found;
      await look(file, clock);
      if (file.found !== before) settled = false;
    }
    const changed = followed.filter(({ known, found }) => known !== found);
    if (settled && changed.length > 0 && !isAborted(signal)) {
      for (const file of changed) file.known = file.found;
      onChange(changed.map(({ path }) => path));
    }
    await clock.sleep(interval, signal);
  }
}

async function look(file: Followed, clock: Clock): Promise<void> {
  const outside = await lookFromOutside(file.path, clock);
  if (outside !== undefined && outside === file.outside) return;
  file.found = (await readContents(file.path)).digest;
  file.outside = outside ?? '';
}

/** Undefined when the look from outside proves nothing. */
async function lookFromOutside(path: string, clock: Clock): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined || clock.wall() - Math.max(found.mtimeMs, found.ctimeMs) < YOUNG_MS) return undefined;
  return `${found.dev}:${found.ino}:${found.size}:${found.mtimeMs}:${found.ctimeMs}`;
}

function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
