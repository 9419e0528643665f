import { createHash } from 'node:crypto';
import { readdir, rename, unlink, utimes, writeFile } from 'node:fs/promises';
import { statfsSync, statSync } from 'node:fs';
import { z } from 'zod';
import { directoryCallsFor } from '../filesystem/directory-calls.js';
import { readOwnFile } from '../filesystem/own-file.js';
import { randomName } from '../filesystem/temporary-name.js';
import { openDirectory, locateFile, type Directory } from '../filesystem/walk.js';
import { messageOf, RollcallError } from '../model/errors.js';
import { fileSystemKind } from '../model/file-system.js';
import { compareText } from '../model/order.js';
import type { Log } from '../ports/runtime.js';
import { identifySelf } from '../process/identity.js';
import { isHeld, nameHolder, outputLockTimes, parseHolder } from './lock-holder.js';

/** The file outputs of this process, made known to the processes that use another state directory. */
export interface OutputLocks {
  /**
   * Claims exactly these outputs from now on.
   *
   * @param paths absolute; `{{…}}` in the last segment stands for any text
   * @throws RollcallError `OUTPUT_LOCKED` when a running process with another state directory claims one of them. The claims before the
   * call then hold on.
   */
  claim(paths: readonly string[]): Promise<void>;
  /** Gives everything up. Nothing may be called afterwards. */
  close(): Promise<void>;
}

export interface OutputLocksDeps {
  /** Absolute path of this process's state directory. It holds the directory's lock. */
  readonly stateDir: string;
  /** A text that no other state directory has. */
  readonly id: string;
  /** Whether two names, each with or without `{{…}}`, can be those of one file. */
  readonly canMeet: (one: string, other: string) => boolean;
  /** Called when a directory that did not exist at `claim` turns out to be another process's: nothing may be written from then on. */
  readonly onConflict: (error: RollcallError) => void;
  readonly log: Log;
}

/** A directory of outputs, and the names in it. */
interface Claimed {
  readonly directory: Directory;
  readonly names: readonly string[];
}

const lockName = /^\.rollcall-lock-[0-9a-f]{16}$/;
const content = z.looseObject({ id: z.string(), stateDir: z.string(), outputs: z.array(z.string()) });

/**
 * Keeps a file in each directory of outputs that names this process, its state directory and what it writes there. Directories that this
 * process may not write to, or that do not exist yet, get none.
 */
export function createOutputLocks(deps: OutputLocksDeps): OutputLocks {
  const { stateDir, id, canMeet, onConflict, log } = deps;
  const own = `.rollcall-lock-${createHash('sha256').update(id).digest('hex').slice(0, 16)}`;
  let claimed: ReadonlyMap<string, Claimed> = new Map();
  /** All claims, while the directories of some do not exist. */
  let incomplete: readonly string[] | undefined;
  let last: Promise<void> = Promise.resolve();

  async function write({ directory, names }: Claimed): Promise<void> {
    const text = `${JSON.stringify({ ...identifySelf(), id, stateDir, outputs: names })}\n`;
    const temporary = `${own}.${randomName()}.new`;
    try {
      // For everybody: a process of another user shall find it.
      await writeFile(directory.at(temporary), text, { flag: 'wx', mode: 0o644 });
      await rename(directory.at(temporary), directory.at(own));
    } catch (error) {
      await unlink(directory.at(temporary)).catch(() => undefined);
      log.debug({ dir: directory.path, error: messageOf(error) }, 'no lock can be kept beside the outputs');
    }
  }

  /** Looks for other processes that write the same files. */
  async function check({ directory, names }: Claimed): Promise<void> {
    for (const name of await readdir(directory.at('.'))) {
      if (!lockName.test(name) || name === own) continue;
      const found = readOwnFile(directory.at(name));
      if (found === undefined || 'problem' in found) continue;
      const other = parse(found.text);
      if (other === undefined) continue;
      const meeting = names.find((one) => other.outputs.some((output) => one === output || canMeet(one, output)));
      if (meeting === undefined) continue;
      const lock = {
        ...{ path: directory.at(name), times: outputLockTimes, now: timeOf(directory) },
        isShared: fileSystemKind(statfsSync(directory.at('.')).type) === 'remote',
        onWait: (): void => {
          log.info(
            { dir: directory.path },
            'waiting for the heartbeat of another process that may write here, at most 30 s',
          );
        },
      };
      if (await isHeld(other.holder, lock)) {
        const message = `${directory.path}/${meeting} is already written by ${nameHolder(other.holder)}, with stateDir ${other.stateDir}`;
        throw new RollcallError('OUTPUT_LOCKED', message);
      }
      await unlink(directory.at(name)).catch(() => undefined);
    }
  }

  /** `mtimeMs` of something that was written there just now. */
  const timeOf = (directory: Directory): number => {
    try {
      return statSync(directory.at(own)).mtimeMs;
    } catch {
      return Date.now();
    }
  };

  async function remove({ directory }: Claimed): Promise<void> {
    await unlink(directory.at(own)).catch(() => undefined);
    await directory.close();
  }

  async function claimNow(paths: readonly string[]): Promise<void> {
    const { groups: next, missing } = await groupByDirectory(paths);
    try {
      for (const [path, wanted] of next) {
        const before = claimed.get(path)?.names ?? [];
        await write({ ...wanted, names: [...new Set([...before, ...wanted.names])].sort(compareText) });
        await check(wanted);
      }
    } catch (error) {
      for (const [path, wanted] of next) {
        const before = claimed.get(path);
        if (before) await write(before);
        else await unlink(wanted.directory.at(own)).catch(() => undefined);
        await wanted.directory.close();
      }
      throw error;
    }
    for (const [path, wanted] of next) if (claimed.has(path)) await write(wanted);
    for (const [path, before] of claimed)
      if (next.has(path)) await before.directory.close();
      else await remove(before);
    claimed = next;
    incomplete = missing ? paths : undefined;
  }

  async function beat(): Promise<void> {
    const now = new Date();
    // A failure is no concern: the next beat tries again.
    for (const { directory } of claimed.values()) await utimes(directory.at(own), now, now).catch(() => undefined);
    if (incomplete) await claimNow(incomplete);
  }

  const inOrder = <T>(work: () => Promise<T>): Promise<T> => {
    const done = last.then(work);
    last = done.then(
      () => undefined,
      () => undefined,
    );
    return done;
  };
  const beats = setInterval(() => {
    void inOrder(beat).catch((error: unknown) => {
      if (error instanceof RollcallError) onConflict(error);
    });
  }, outputLockTimes.heartbeat).unref();

  return {
    claim: (paths) => inOrder(() => claimNow(paths)),
    close() {
      clearInterval(beats);
      return inOrder(async () => {
        for (const each of claimed.values()) await remove(each);
        claimed = new Map();
      });
    },
  };
}

function parse(text: string) {
  const holder = parseHolder(text);
  try {
    const { id, stateDir, outputs } = content.parse(JSON.parse(text));
    return holder && { holder, id, stateDir, outputs };
  } catch {
    return undefined;
  }
}

/** The directories of these outputs, by their paths without links. One that cannot be used is left out: its target reports that. */
async function groupByDirectory(paths: readonly string[]) {
  const found = new Map<string, { directory: Directory; names: Set<string> }>();
  let missing = false;
  for (const path of paths) {
    const located = await locate(path).catch(() => undefined);
    if (!located) {
      missing = true;
      continue;
    }
    const { directory, name } = located;
    const known = found.get(directory.path);
    if (known) await directory.close();
    const group = known ?? { directory, names: new Set() };
    group.names.add(name);
    found.set(directory.path, group);
  }
  const groups = new Map<string, Claimed>();
  for (const [path, { directory, names }] of found)
    groups.set(path, { directory, names: [...names].sort(compareText) });
  return { groups, missing };
}

async function locate(path: string): Promise<{ readonly directory: Directory; readonly name: string }> {
  const tag = path.indexOf('{{');
  const slash = path.lastIndexOf('/', tag < 0 ? undefined : tag);
  const parent = path.slice(0, slash) || '/';
  const calls = await directoryCallsFor(parent);
  if (tag < 0) return locateFile(path, { calls });
  return { directory: await openDirectory(parent, { calls }), name: path.slice(slash + 1) };
}
