import { access, constants, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { LoadedConfig } from '../../config/load.js';
import type { ConfigPath, ConfigProblem } from '../../config/problem.js';
import { openDirectory, type WalkOptions } from '../../filesystem/walk.js';
import { catalogue, RollcallError } from '../../model/errors.js';

interface Need {
  readonly at: ConfigPath;
  /** The directory that must be there and be writable by this user. */
  readonly directory: string;
  /** It is made where it is not there: then the next one above counts. */
  readonly made: boolean;
  /** How far no other user may write. */
  readonly closed?: WalkOptions['closed'];
}

/** Directories that the config writes to and that are not there, may not be written to by this user, or could have been put there by another. */
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
  return [{ at: ['stateDir'], directory: config.stateDir, made: true, closed: 'way' }, ...ofTargets];
}

async function checkDirectory(loaded: LoadedConfig, { at, directory, made, closed }: Need): Promise<ConfigProblem[]> {
  const { locate } = loaded;
  try {
    const stats = await stat(directory);
    if (!stats.isDirectory()) return [locate(at, `${directory} is no folder`)];
    await access(directory, constants.W_OK | constants.X_OK);
    const opened = await openDirectory(directory, closed ? { closed } : {});
    await opened.close();
    if (closed === 'way' && stats.uid !== (process.geteuid?.() ?? stats.uid))
      return [locate(at, `the folder ${directory} belongs to user ${stats.uid}`, 'Give it to the user of rollcall.')];
    return [];
  } catch (error) {
    if (error instanceof RollcallError)
      return [locate(at, error.message, closed ? catalogue.STATE_UNUSABLE.hint : error.hint)];
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EACCES') return [locate(at, `the folder ${directory} may not be written to by this user`)];
    if (code !== 'ENOENT') return [locate(at, `the folder ${directory} cannot be used: ${message}`)];
    if (made)
      return checkDirectory(loaded, { at, directory: dirname(directory), made, ...(closed && { closed: 'whole' }) });
    return [locate(at, `the folder ${directory} does not exist`, 'Make it, or correct the path.')];
  }
}
