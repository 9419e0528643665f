import { stat } from 'node:fs/promises';
import type { Clock } from '../ports/runtime.js';
import { readContents } from './contents.js';

// File servers and old file systems store times in whole seconds: a file that is younger may change again without a new time.
const YOUNG_MS = 3000;

export interface FollowOptions {
  readonly clock: Clock;
  /** Milliseconds between two polls. Default 1000. */
  readonly interval?: number;
}

interface Followed {
  readonly path: string;
  /** Digest of the contents that the caller knows. */
  known: string;
  /** Digest of the contents at the last poll. */
  found: string;
  /** Identity, size and times of the file at the last poll; '' when they prove nothing. */
  stats: string;
}

/**
 * Follows files until the signal aborts, and calls back with the paths whose contents have changed. It polls, because
 * Kubernetes updates a ConfigMap through a symlink in another directory, and NFS reports no events. A change is reported after
 * two polls in a row found the same contents, so that a half-written file is not used. A new modification time alone is no
 * change. A file that is absent or unreadable has a digest that says so.
 *
 * @param files the digest of each path that the caller has read, so that no change is missed
 * @param onChange must not throw. The next poll begins after it has returned.
 */
export async function followFiles(
  files: ReadonlyMap<string, string>,
  onChange: (changed: readonly string[]) => void,
  { clock, interval = 1000 }: FollowOptions,
  signal: AbortSignal,
): Promise<void> {
  const followed = [...files].map(([path, known]): Followed => ({ path, known, found: known, stats: '' }));
  while (!signal.aborted) {
    let settled = true;
    for (const file of followed) {
      const before = file.found;
      await poll(file, clock);
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

async function poll(file: Followed, clock: Clock): Promise<void> {
  const stats = await readStats(file.path, clock);
  if (stats !== undefined && stats === file.stats) return;
  file.found = (await readContents(file.path)).digest;
  file.stats = stats ?? '';
}

/** Identity, size and times of the file. Undefined when they do not prove that the contents are the same. */
async function readStats(path: string, clock: Clock): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined || clock.wall() - Math.max(found.mtimeMs, found.ctimeMs) < YOUNG_MS) return undefined;
  return `${found.dev}:${found.ino}:${found.size}:${found.mtimeMs}:${found.ctimeMs}`;
}

function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
