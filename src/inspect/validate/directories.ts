import { access, constants, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { LoadedConfig } from '../../config/load.js';
import type { ConfigPath, ConfigProblem } from '../../config/problem.js';
import { openDirectory, type WalkOptions } from '../../filesystem/walk.js';
import { catalogue, RollcallError } from '../../model/errors.js';

/** A directory that the config needs. */
interface Need {
  readonly at: ConfigPath;
  /** It must exist and be writable by this user. */
  readonly directory: string;
  /** rollcall creates it if it is missing: then its parent directory is checked. */
  readonly made: boolean;
  /** The directories in which no other user may write. */
  readonly closed?: WalkOptions['notWritableByOthers'];
}

/** Makes a problem for each directory of the config that is missing, is not writable by this user, or is under another user's control. */
export async function checkDirectories(loaded: LoadedConfig): Promise<ConfigProblem[]> {
  const found = await Promise.all(needsOf(loaded).map((need) => checkDirectory(loaded, need)));
  return found.flat();
}

function needsOf({ config, kinds }: LoadedConfig): Need[] {
  const ofTargets = config.targets.flatMap((target, index) =>
    kinds
      .blocksOf(target)
      .flatMap(({ kind, options }) =>
        kind
          .directories(options)
          .map(({ path, made, at }): Need => ({ at: ['targets', index, kind.key, ...at], directory: path, made })),
      ),
  );
  return [{ at: ['stateDir'], directory: config.stateDir, made: true, closed: 'parents' }, ...ofTargets];
}

async function checkDirectory(loaded: LoadedConfig, { at, directory, made, closed }: Need): Promise<ConfigProblem[]> {
  const { locate } = loaded;
  try {
    const stats = await stat(directory);
    if (!stats.isDirectory()) return [locate(at, `${directory} is not a directory`)];
    await access(directory, constants.W_OK | constants.X_OK);
    const opened = await openDirectory(directory, closed ? { notWritableByOthers: closed } : {});
    await opened.close();
    if (closed === 'parents' && stats.uid !== (process.geteuid?.() ?? stats.uid))
      return [
        locate(
          at,
          `the directory ${directory} belongs to user ${stats.uid}`,
          'Make the user of rollcall its owner (chown).',
        ),
      ];
    return [];
  } catch (error) {
    if (error instanceof RollcallError)
      return [locate(at, error.message, closed ? catalogue.STATE_UNUSABLE.hint : error.hint)];
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EACCES') return [locate(at, `the directory ${directory} may not be written to by this user`)];
    if (code !== 'ENOENT') return [locate(at, `the directory ${directory} cannot be used: ${message}`)];
    if (made)
      return checkDirectory(loaded, { at, directory: dirname(directory), made, ...(closed && { closed: 'all' }) });
    return [locate(at, `the directory ${directory} does not exist`, 'Create it, or correct the path.')];
  }
}
