import { resolve } from 'node:path';
import { messageOf, RollcallError } from '../model/errors.js';
import type { Journal, Originals, WithheldServices } from '../ports/journal.js';
import type { Log } from '../ports/runtime.js';
import { createFormatDecisions, type FormatDecisions } from './format-decisions.js';
import { openDirectory, type Directory } from '../filesystem/walk.js';
import { randomName } from '../filesystem/temporary-name.js';
import { prepareDirectory } from './prepare-directory.js';
import { openStateDirectory, type StateDirectory } from './state-directory.js';
import { createGuardFile, type GuardFile } from './guard-file.js';
import { createJournal } from './journal.js';
import { acquireLock, type Lock } from './lock.js';
import { createOriginals } from './originals.js';
import {
  guardFileName,
  journalDirectory,
  originalsDirectory,
  scratchDirectory,
  targetFileName,
  viewFileName,
} from './state-paths.js';
import { createWithheldServices } from './withheld-services.js';
import { createSnapshotFile, type SnapshotFile } from './snapshot.js';

/** The stateDir: all data that outlives the process. Only one process uses it at a time. */
export interface Store {
  /** The journal of a target. Returns the same object for the same target. */
  journal(target: string): Promise<Journal>;
  /** The withheld services of a target. Returns the same object for the same target. */
  withheld(target: string): WithheldServices;
  /** What the guard of a target holds. */
  guard(target: string): GuardFile;
  /**
   * Removes the files of these targets with their withheld services and what their guards hold. The next call of `withheld` returns another
   * object. No other object of these targets may be used any more.
   *
   * @throws RollcallError `STATE_UNWRITABLE`
   */
  forgetViews(targets: readonly string[]): Promise<void>;
  /** Absolute path of the target's own directory, for backups that cannot be beside the output. */
  scratch(target: string): string;
  readonly originals: Originals;
  readonly snapshot: SnapshotFile;
  readonly decisions: FormatDecisions;
  /** A random text that no other state directory has. It stays the same for as long as the directory exists. */
  readonly id: string;
  /** Aborts when another process has taken the directory (`Lock.lost`): nothing may be written from then on. */
  readonly lost: AbortSignal;
  /** Releases the lock. Do not write afterwards. */
  close(): Promise<void>;
}

export interface StoreOptions {
  readonly log: Log;
}

/**
 * Opens the stateDir, or creates it (0700).
 *
 * @throws RollcallError `STATE_LOCKED` while another process uses it; `STATE_UNUSABLE` when it cannot be created, read or
 * protected from other users
 */
export async function openStore(dir: string, { log }: StoreOptions): Promise<Store> {
  const path = resolve(dir);
  const directory = await prepareDirectory(path, log);
  const lock = await lockOrClose(directory, path, log);
  const opened: StateDirectory[] = [];
  const open = (reached: Directory): StateDirectory => {
    const made = openStateDirectory(reached);
    opened.push(made);
    return made;
  };
  const openBelow = async (name: string): Promise<StateDirectory> => {
    const reached = await openDirectory(name, { notWritableByOthers: 'all', makeMode: 0o700 });
    try {
      return open(reached);
    } finally {
      await reached.close();
    }
  };
  const close = async (): Promise<void> => {
    await Promise.all(opened.map((each) => each.close()));
    await lock.release();
    await directory.close();
  };
  const known = new Map<string, Journal>();
  const knownWithheld = new Map<string, WithheldServices>();
  try {
    const root = open(directory);
    const journals = await openBelow(journalDirectory(path));
    return {
      // eslint-disable-next-line @typescript-eslint/require-await -- turns a thrown error into a rejection
      async journal(target) {
        const journal = known.get(target) ?? createJournal(journals, targetFileName(target), log.child({ target }));
        known.set(target, journal);
        return journal;
      },
      withheld(target) {
        const withheld =
          knownWithheld.get(target) ?? createWithheldServices(journals, viewFileName(target), log.child({ target }));
        knownWithheld.set(target, withheld);
        return withheld;
      },
      guard: (target) => createGuardFile(journals, guardFileName(target), log.child({ target })),
      async forgetViews(targets) {
        if (targets.length === 0) return;
        const names = new Set(journals.names());
        for (const target of targets) {
          knownWithheld.delete(target);
          for (const name of [guardFileName(target), viewFileName(target)])
            if (names.has(name)) await journals.remove(name);
        }
      },
      scratch: (target) => scratchDirectory(path, target),
      originals: createOriginals(() => openBelow(originalsDirectory(path))),
      snapshot: createSnapshotFile(root, log),
      decisions: createFormatDecisions(root, log),
      lost: lock.lost,
      id: await readId(root),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function readId(root: StateDirectory): Promise<string> {
  const found = root.read('id');
  if (found && 'text' in found && /^[0-9a-f]{32}$/.test(found.text)) return found.text;
  const id = randomName();
  await root.write('id', id);
  return id;
}

async function lockOrClose(directory: Directory, path: string, log: Log): Promise<Lock> {
  try {
    return await acquireLock(directory.at('.'), { log, shown: path });
  } catch (error) {
    await directory.close();
    throw error instanceof RollcallError
      ? error
      : new RollcallError(
          'STATE_UNUSABLE',
          `stateDir ${path} cannot be locked: ${messageOf(error).replace(directory.at('.'), path)}`,
          { cause: error },
        );
  }
}
