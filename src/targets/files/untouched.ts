import { closeSync, constants, fstatSync, lstatSync, openSync, readSync } from 'node:fs';
import { dirname } from 'node:path';
import { mayOthersWrite } from '../../filesystem/trust.js';
import type { Clock } from '../../ports/runtime.js';
import type { Disks } from './calls.js';
import { Content } from './content.js';
import type { DesiredFile } from './desired-file.js';
import { isSettled, sameStamp, stampOf, type Sighting, type Sightings } from './sightings.js';

/** Number of files above which the look is left to `observe`: this one blocks the event loop. */
const mostFiles = 256;
/** Bytes. A larger file is left to `observe`, too. */
const mostBytes = 16_384;

export interface UntouchedDeps {
  readonly sightings: Sightings;
  readonly disks: Pick<Disks, 'areQuickIn'>;
  readonly clock: Pick<Clock, 'wall'>;
}

/**
 * Whether the stamps prove that nothing has touched the files since they were seen or made as desired. A small file whose stamp does not
 * prove that yet is read once more.
 *
 * @returns false when that is not certain, also for a path with links or through a directory in which other users may write, on a remote file
 * system and for many files. Never throws
 */
export function areUntouched(files: readonly DesiredFile[], deps: UntouchedDeps): boolean {
  try {
    if (files.length > mostFiles) return false;
    const directories = new Set(files.map(({ path }) => dirname(path)));
    return [...directories].every(isPrivate) && files.every((file) => isUntouched(file, deps));
  } catch {
    // It is gone, or may not be read: `observe` finds out.
    return false;
  }
}

/** Whether the directory and all above it are no links, and only root and our user may write in them. Otherwise `observe` judges them. */
function isPrivate(directory: string): boolean {
  const stats = lstatSync(directory);
  if (!stats.isDirectory() || mayOthersWrite(stats)) return false;
  const above = dirname(directory);
  return above === directory || isPrivate(above);
}

function isUntouched(file: DesiredFile, { sightings, disks, clock }: UntouchedDeps): boolean {
  const { path, content } = file;
  const sighting = sightings.get(path);
  const seen = sighting?.seen;
  if (!seen || sighting.real !== path || !disks.areQuickIn(dirname(path)) || !seen.content.equals(content))
    return false;
  const at = clock.wall();
  const stats = lstatSync(path, { bigint: true });
  if (!stats.isFile() || !sameStamp(stampOf(stats), seen.stamp)) return false;
  if (seen.isSettled) return true;
  if (file.serial || content.length > mostBytes || !holds(path, seen)) return false;
  sightings.set(path, { real: path, seen: { ...seen, isSettled: isSettled(seen.stamp, at) } });
  return true;
}

/** Whether the file has the contents and the stamp with which it was seen. */
function holds(path: string, { content, stamp }: NonNullable<Sighting['seen']>): boolean {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const file = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    if (!sameStamp(stampOf(fstatSync(file, { bigint: true })), stamp)) return false;
    const bytes = Buffer.allocUnsafe(content.length);
    const size = readSync(file, bytes, 0, bytes.length, 0);
    return size === bytes.length && Content.ofBytes(bytes).equals(content);
  } finally {
    closeSync(file);
  }
}
