import { join } from 'node:path';
import { RollcallError } from '../../model/errors.js';
import type { Clock } from '../../ports/runtime.js';
import { sideBySide } from './batch.js';
import { exposedOf, isInStep, type FoundFile, type ObservedFile, type ObservedFiles } from './diff.js';
import { ifThere, outputError } from './failure.js';
import { octal } from './attributes.js';
import { findUnchanged, obstacle, readFound, statFile } from './found.js';
import type { Identities } from './identity.js';
import { createListings, type Listings } from './listing.js';
import { locationOf, type Directories } from './directories.js';
import type { DesiredFiles } from './desired.js';
import type { DesiredFile } from './desired-file.js';
import { isOwned, ownedPaths } from './owned.js';
import { differencesOf } from './patch-files.js';
import { findSerial } from './serial.js';
import type { ServedSerials } from './served-serials.js';
import { createSightings, isSettled, type FileStamp, type Sighting, type Sightings } from './sightings.js';

export interface FilesObservation extends ObservedFiles {
  /** Owned paths that are no longer desired and no longer files: to be removed from the owned outputs. */
  readonly gone: readonly string[];
}

export interface ObserveDeps {
  readonly identities: Identities;
  readonly clock: Clock;
  /** What the process knows of these files. Default: nothing; every file is read. */
  readonly sightings?: Sightings;
  /** What is known of serials beside the files. Default: nothing. */
  readonly serials?: ServedSerials | undefined;
}

/** The files to look at. */
interface Scope {
  readonly files: readonly DesiredFile[];
  /** Real paths of owned files that are not desired. */
  readonly unwanted: (desired: ReadonlySet<string>) => readonly string[];
  /** The path of another desired file, not among `files`, whose bytes are there. */
  readonly otherAt: (real: string) => string | undefined;
}

/**
 * Reads the files at the desired paths, and finds the owned files that are no longer desired. It follows a trusted symlink at a
 * plain path. In a fan-out it follows no symlink, and accepts entries of any type that this target did not make.
 *
 * A file is not read again when its stamp proves that it did not change since it was read or written.
 *
 * @param since as in `Target.observe`
 * @throws RollcallError `PATH_UNTRUSTED` for a link or a directory that another user could have created; `OUTPUT_UNWRITABLE`
 * when the directory of a plain path is missing, or an entry at a plain path is no file; `OUTPUT_CONFLICT` when symlinks lead
 * two paths to the same file; `OUTPUT_EXPOSED` when others can read a file whose contents are to be secret, and `mode` is not set
 */
export async function observeFiles(
  desired: DesiredFiles,
  owned: readonly string[],
  directories: Directories,
  { identities, clock, sightings = createSightings(), serials }: ObserveDeps,
  signal: AbortSignal,
  since?: DesiredFiles,
): Promise<FilesObservation> {
  const at = clock.wall();
  const changes = since && changedScope(since, desired, owned, sightings);
  const scope = changes ?? wholeScope(desired, owned);
  const observed = new Map<string, ObservedFile>();
  const seen = new Map<string, Sighting>();
  const byReal = new Map<string, string>();
  const listings = createListings(scope.files.length);
  await sideBySide(scope.files, async (file) => {
    signal.throwIfAborted();
    const before = sightings.get(file.path);
    const { real, found, stamp } = await look(
      file,
      owned,
      { directories, listings },
      changes || before?.seen?.isSettled ? before : undefined,
    );
    const [uid, gid] = [await identities.user(file.owner), await identities.group(file.group)];
    const other = byReal.get(real) ?? scope.otherAt(real);
    if (other !== undefined)
      throw new RollcallError('OUTPUT_CONFLICT', `${other} and ${file.path} are the same file: ${real}`);
    byReal.set(real, file.path);
    const there = { file, real, uid, gid, found, ours: isOwned(owned, real) };
    const inStep = isInStep(there);
    const isNumbered = file.serial && serials !== undefined && !inStep;
    const last = isNumbered ? found?.content && findSerial(found.content.bytes)?.serial : undefined;
    const servedSerial = isNumbered ? await serials.after(file.path, last, signal) : undefined;
    observed.set(file.path, servedSerial === undefined ? there : { ...there, servedSerial });
    const isKnown = stamp !== undefined && inStep;
    seen.set(file.path, {
      real,
      ...(isKnown && { seen: { content: file.content, stamp, isSettled: isSettled(stamp, at) } }),
    });
  });
  const orphans: string[] = [];
  const gone: string[] = [];
  await sideBySide(scope.unwanted(new Set(byReal.keys())), async (path) => {
    signal.throwIfAborted();
    ((await isFile(path, directories)) ? orphans : gone).push(path);
  });
  if (!changes) sightings.clear();
  for (const [path, sighting] of seen) sightings.set(path, sighting);
  const observation = { files: observed, orphans, gone, at: Math.floor(at / 1000) };
  const [exposed] = exposedOf(observation);
  if (exposed) throw exposedError(exposed.path, observed.get(exposed.path)?.found?.mode ?? 0);
  return observation;
}

function wholeScope({ files }: DesiredFiles, owned: readonly string[]): Scope {
  const unwanted = (desired: ReadonlySet<string>) => ownedPaths(owned).filter((path) => !desired.has(path));
  return { files, unwanted, otherAt: () => undefined };
}

/** Undefined when the process does not know enough of the other files. */
function changedScope(
  since: DesiredFiles,
  desired: DesiredFiles,
  owned: readonly string[],
  sightings: Sightings,
): Scope | undefined {
  const { changed, gone } = differencesOf(since.files, desired.files);
  const left = gone.map(({ path }) => ({ path, real: sightings.get(path)?.real }));
  if (left.some(({ real }) => real === undefined)) return undefined;
  const looked = new Set([...changed, ...gone].map(({ path }) => path));
  return {
    files: changed,
    unwanted: (reals) => left.flatMap(({ real = '' }) => (isOwned(owned, real) && !reals.has(real) ? [real] : [])),
    otherAt(real) {
      const path = sightings.pathAt(real);
      return path === undefined || looked.has(path) ? undefined : path;
    },
  };
}

interface Look {
  readonly real: string;
  readonly found: FoundFile | undefined;
  readonly stamp?: FileStamp | undefined;
}

/** @param before a sighting that may be used when the stamp is still the same */
async function look(
  file: DesiredFile,
  owned: readonly string[],
  { directories, listings }: { readonly directories: Directories; readonly listings: Listings },
  before: Sighting | undefined,
): Promise<Look> {
  let real = file.path;
  try {
    let location = file.fanOut
      ? await ifThere(locationOf(file.path, directories))
      : await locationOf(file.path, directories);
    // The directory of a fan-out does not exist yet.
    if (!location) return { real, found: undefined };
    real = join(location.directory.real, location.name);
    const same = before?.seen && before.real === real && (await findUnchanged(location, before.seen));
    if (same) return { real, ...same };
    const isNew = file.fanOut && !isOwned(owned, real);
    if (isNew && (await listings.lacks(location))) return { real, found: undefined };
    let read = await readFound(location, file, isNew);
    if (read === 'link' && file.fanOut) return { real, found: obstacle };
    if (read === 'link') {
      location = await directories.follow(file.path);
      real = join(location.directory.real, location.name);
      read = await readFound(location, file, false);
    }
    if (read === 'link') throw new Error('another program has just replaced it by a link');
    return { real, found: read?.found, stamp: read?.stamp };
  } catch (error) {
    throw outputError(error, `cannot read ${file.path}${real === file.path ? '' : ` (which leads to ${real})`}`);
  }
}

async function isFile(path: string, directories: Directories): Promise<boolean> {
  try {
    const location = await directories.find(path);
    return location !== undefined && (await statFile(location)) !== undefined;
  } catch (error) {
    throw outputError(error, `cannot read ${path}`);
  }
}

function exposedError(path: string, mode: number): RollcallError {
  return new RollcallError('OUTPUT_EXPOSED', `${path} is secret, but its mode ${octal(mode)} lets every user read it`, {
    hint: `Nothing was changed. Take the permission away (chmod o-r ${path}), or set \`mode\` for this file: rollcall keeps the mode of an existing file.`,
  });
}
