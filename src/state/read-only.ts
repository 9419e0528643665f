import { directoryCallsFor } from '../filesystem/directory-calls.js';
import { showPathsInError } from '../filesystem/show-paths.js';
import { readOwnFile, type OwnFileText } from '../filesystem/own-file.js';
import { openDirectory, type Directory } from '../filesystem/walk.js';

/**
 * Reads a file of a stateDir beside the process that uses it, by the rules of a start.
 *
 * @param path absolute path of the file's directory
 * @returns undefined when there is no such file
 * @throws RollcallError `PATH_UNTRUSTED`; the error of the file system
 */
export async function readStateFile(path: string, name: string): Promise<OwnFileText | undefined> {
  let directory: Directory;
  try {
    directory = await openDirectory(path, { calls: await directoryCallsFor(path), notWritableByOthers: 'all' });
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
  try {
    return readOwnFile(directory.at(name));
  } catch (error) {
    throw showPathsInError(error, (descriptor) => (descriptor === directory.descriptor ? directory.path : undefined));
  } finally {
    await directory.close();
  }
}
