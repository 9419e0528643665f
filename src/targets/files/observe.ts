import { join } from 'node:path';
import { RollcallError } from '../../model/errors.js';
import type { Clock } from '../../ports.js';
import { sideBySide } from './batch.js';
import { exposedOf, type FoundFile, type ObservedFile, type ObservedFiles } from './diff.js';
import { ifThere, outputError } from './failure.js';
import { octal } from './attributes.js';
import { obstacle, readFound, statFile } from './found.js';
import type { Identities } from './identity.js';
import { locationOf, type Directories } from './directories.js';
import type { DesiredFiles, DesiredFile } from './desired.js';
import { ownedPaths } from './owned.js';

export interface FilesObservation extends ObservedFiles {
  /** Owned paths that are no longer desired and no longer files: to be removed from the owned outputs. */
  readonly gone: readonly string[];
}

export interface ObserveDeps {
  readonly identities: Identities;
  readonly clock: Clock;
}

/**
 * Reads the files at the desired paths, and finds the owned files that are no longer desired. It follows a trusted symlink at a
 * plain path. In a fan-out it follows no symlink, and accepts entries of any type that this target did not make.
 *
 * @throws RollcallError `PATH_UNTRUSTED` for a link or a directory that another user could have created; `OUTPUT_UNWRITABLE`
 * when the directory of a plain path is missing, or an entry at a plain path is no file; `OUTPUT_CONFLICT` when symlinks lead
 * two paths to the same file; `OUTPUT_EXPOSED` when others can read a file whose contents are to be secret, and `mode` is not set
 */
export async function observeFiles(
  desired: DesiredFiles,
  owned: readonly string[],
  directories: Directories,
  { identities, clock }: ObserveDeps,
  signal: AbortSignal,
): Promise<FilesObservation> {
  const observed = new Map<string, ObservedFile>();
  const byReal = new Map<string, string>();
  const known = new Set(owned);
  await sideBySide(desired.files, async (file) => {
    signal.throwIfAborted();
    const { real, found } = await look(file, known, directories);
    const [uid, gid] = [await identities.user(file.owner), await identities.group(file.group)];
    const other = byReal.get(real);
    if (other !== undefined)
      throw new RollcallError('OUTPUT_CONFLICT', `${other} and ${file.path} are the same file: ${real}`);
    byReal.set(real, file.path);
    observed.set(file.path, { real, uid, gid, found, ours: known.has(real) });
  });
  const orphans: string[] = [];
  const gone: string[] = [];
  const unwanted = ownedPaths(owned).filter((path) => !byReal.has(path));
  await sideBySide(unwanted, async (path) => {
    signal.throwIfAborted();
    ((await isFile(path, directories)) ? orphans : gone).push(path);
  });
  const observation = { files: observed, orphans, gone, at: Math.floor(clock.wall() / 1000) };
  const [exposed] = exposedOf(desired, observation);
  if (exposed) throw exposedError(exposed.path, observed.get(exposed.path)?.found?.mode ?? 0);
  return observation;
}

async function look(
  file: DesiredFile,
  known: ReadonlySet<string>,
  directories: Directories,
): Promise<{ real: string; found: FoundFile | undefined }> {
  let real = file.path;
  try {
    let location = file.fanOut
      ? await ifThere(locationOf(file.path, directories))
      : await locationOf(file.path, directories);
    // The directory of a fan-out does not exist yet.
    if (!location) return { real, found: undefined };
    real = join(location.directory.real, location.name);
    let found = await readFound(location, file, file.fanOut && !known.has(real));
    if (found === 'link' && file.fanOut) return { real, found: obstacle };
    if (found === 'link') {
      location = await directories.follow(file.path);
      real = join(location.directory.real, location.name);
      found = await readFound(location, file, false);
    }
    if (found === 'link') throw new Error('another program has just replaced it by a link');
    return { real, found };
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
