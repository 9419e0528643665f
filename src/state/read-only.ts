import { directoryCallsFor } from '../filesystem/directory-calls.js';
import { showPathsInError } from '../filesystem/show-paths.js';
import { readOwnFile, type OwnFileText } from '../filesystem/own-file.js';
import { openDirectory, type Directory } from '../filesystem/walk.js';

/**
 * A file of a stateDir, read beside the process that uses it, by the rules of a start.
 *
 * @param folder absolute path
 * @returns undefined when there is none
 * @throws RollcallError `PATH_UNTRUSTED`; what the file system says
 */
export async function readStateFile(folder: string, name: string): Promise<OwnFileText | undefined> {
  let directory: Directory;
  try {
    directory = await openDirectory(folder, { calls: await directoryCallsFor(folder), notWritableByOthers: 'whole' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
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
