import { access, constants, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { LoadedConfig } from '../../config/load.js';
import type { ConfigPath, ConfigProblem } from '../../config/problem.js';
import { openDirectory, type WalkOptions } from '../../filesystem/walk.js';
import { catalogue, RollcallError } from '../../model/errors.js';

interface Claim {
  readonly at: ConfigPath;
  /** The folder that must be there and be writable by this user. */
  readonly folder: string;
  /** It is made where it is not there: then the next one above counts. */
  readonly made: boolean;
  /** How far nobody else may write. */
  readonly closed?: WalkOptions['notWritableByOthers'];
}

/** Folders that the config writes to and that are not there, may not be written to by this user, or could have been put there by another. */
export async function checkFolders(loaded: LoadedConfig): Promise<ConfigProblem[]> {
  const found = await Promise.all(claimsOf(loaded).map((claim) => checkFolder(loaded, claim)));
  return found.flat();
}

function claimsOf({ config }: LoadedConfig): Claim[] {
  const files = config.targets.flatMap(({ files = [] }, target) =>
    files.flatMap(({ path, forEach, inPlace }, index): Claim[] => {
      if (inPlace) return [];
      // A fan-out makes its folder itself; its name is what comes before the first pattern.
      const [whole = path] = path.split('{{');
      const folder = dirname(`${whole}x`);
      return [{ at: ['targets', target, 'files', index, 'path'], folder, made: forEach !== undefined }];
    }),
  );
  return [{ at: ['stateDir'], folder: config.stateDir, made: true, closed: 'parents' }, ...files];
}

async function checkFolder(loaded: LoadedConfig, { at, folder, made, closed }: Claim): Promise<ConfigProblem[]> {
  const { locate } = loaded;
  try {
    const stats = await stat(folder);
    if (!stats.isDirectory()) return [locate(at, `${folder} is no folder`)];
    await access(folder, constants.W_OK | constants.X_OK);
    const directory = await openDirectory(folder, closed ? { notWritableByOthers: closed } : {});
    await directory.close();
    if (closed === 'parents' && stats.uid !== (process.geteuid?.() ?? stats.uid))
      return [locate(at, `the folder ${folder} belongs to user ${stats.uid}`, 'Give it to the user of rollcall.')];
    return [];
  } catch (error) {
    if (error instanceof RollcallError)
      return [locate(at, error.message, closed ? catalogue.STATE_UNUSABLE.hint : error.hint)];
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EACCES') return [locate(at, `the folder ${folder} may not be written to by this user`)];
    if (code !== 'ENOENT') return [locate(at, `the folder ${folder} cannot be used: ${message}`)];
    if (made) return checkFolder(loaded, { at, folder: dirname(folder), made, ...(closed && { closed: 'all' }) });
    return [locate(at, `the folder ${folder} does not exist`, 'Make it, or correct the path.')];
  }
}
