import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { identifySelf, stateOf, type ProcessIdentity } from '../process/identity.js';

/** How a lock shows that its holder lives. All in milliseconds. */
export interface LockTimes {
  /** Between two heartbeats. */
  readonly heartbeat: number;
  /** A holder whose heartbeat has not come for so long counts as dead. */
  readonly deadAfter: number;
}

export const stateLockTimes: LockTimes = { heartbeat: 2000, deadAfter: 10_000 };

/** A heartbeat wakes programs that watch a directory of outputs, so it comes seldom. */
export const outputLockTimes: LockTimes = { heartbeat: 10_000, deadAfter: 30_000 };

const poll = 200;

const identity = z.looseObject({
  ...{ pid: z.int().positive(), started: z.string(), boot: z.string() },
  ...{ namespace: z.string().optional(), host: z.string().optional() },
});

/** Reads the holder of a lock. Undefined for a text that rollcall did not write: no process holds such a lock. */
export function parseHolder(text: string): ProcessIdentity | undefined {
  try {
    const { pid, started, boot, namespace, host } = identity.parse(JSON.parse(text));
    return { pid, started, boot, namespace: namespace ?? identifySelf().namespace, host: host ?? '' };
  } catch {
    return undefined;
  }
}

/** Names a holder in a message. */
export function nameHolder(holder: ProcessIdentity): string {
  const { boot, namespace } = identifySelf();
  if (holder.boot === boot && holder.namespace === namespace) return `process ${holder.pid}`;
  return `process ${holder.pid} of another container or machine (host ${JSON.stringify(holder.host)})`;
}

/** Where a lock is, and how to judge it. */
export interface LockFile {
  readonly path: string;
  readonly times: LockTimes;
  /** Another machine may use the file system, too. */
  readonly isShared: boolean;
  /** `mtimeMs` of a file that was written there just now: the file system has its own clock. */
  readonly now: number;
  /** Called when the answer takes seconds. */
  readonly onWait: () => void;
}

/**
 * Whether the holder of a lock still runs. A process that is visible here is looked up; for any other, the heartbeat decides: the
 * function waits until the file's time changes, or has not changed for `deadAfter`. It waits for more than one heartbeat, however old the last one
 * looks: a clock may have been set.
 */
export async function isHeld(
  holder: ProcessIdentity,
  { path, times, isShared, now, onWait }: LockFile,
): Promise<boolean> {
  const state = stateOf(holder);
  if (state === 'running' || state === 'ended') return state === 'running';
  // No two machines use a local disk at the same time: this one was started since.
  if (state === 'other-boot' && !isShared) return false;
  const first = readTime(path);
  if (first === undefined) return false;
  onWait();
  const age = Math.max(0, now - first);
  const end = performance.now() + Math.max(times.heartbeat * 1.5, times.deadAfter - age);
  while (performance.now() < end) {
    await sleep(poll);
    const present = readTime(path);
    if (present !== first) return present !== undefined;
  }
  return false;
}

/** The file's time of change in milliseconds. It is opened for that: a network file system then asks its server. */
function readTime(path: string): number | undefined {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  let file: number;
  try {
    file = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return fstatSync(file).mtimeMs;
  } finally {
    closeSync(file);
  }
}
