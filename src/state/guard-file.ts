import { reviveGuardState, type GuardState } from '../guard/state.js';
import type { Log } from '../ports/runtime.js';
import type { StateDirectory } from './state-directory.js';
import { createStateFile, type StateFile } from './state-file.js';

/** What the guard of one target holds, in a file that exists only while it holds something. */
export type GuardFile = StateFile<GuardState>;

export const guardFileOf = { kind: 'guard', version: 1, revive: reviveGuardState };

export function createGuardFile(directory: StateDirectory, name: string, log: Log): GuardFile {
  return createStateFile<GuardState>({
    ...guardFileOf,
    ...{ directory, name, log },
    loss: 'what the guard held for this target leaves the outputs',
  });
}
