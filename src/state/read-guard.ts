import type { GuardState } from '../guard/state.js';
import type { Snapshot } from '../model/snapshot.js';
import { guardFileOf } from './guard-file.js';
import { openAs } from './open-as.js';
import { readStateFile } from './read-only.js';
import { snapshotFileOf, snapshotName } from './snapshot.js';
import { guardFileName, journalDirectory } from './state-paths.js';

/**
 * What the guard of a target holds, as a start would read it now. It takes no lock. Undefined: it holds nothing, or the file cannot be read.
 *
 * @param dir the stateDir
 */
export async function readHolds(dir: string, target: string): Promise<GuardState | undefined> {
  return readOrNothing(async () => {
    const found = await readStateFile(journalDirectory(dir), guardFileName(target));
    return found && openAs(guardFileOf, found, guardFileOf.revive);
  });
}

/** The last good snapshot, as a start would read it now. Undefined: there is none, or it cannot be read. */
export async function readLastGood(dir: string): Promise<Snapshot | undefined> {
  return readOrNothing(async () => {
    const found = await readStateFile(dir, snapshotName);
    return found && openAs(snapshotFileOf, found, snapshotFileOf.revive);
  });
}

/** A start that could not read them would go on without them too. The journal beside them says when the stateDir cannot be read at all. */
async function readOrNothing<T>(read: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await read();
  } catch {
    return undefined;
  }
}
