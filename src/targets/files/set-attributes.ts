import type { BigIntStats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import type { Attributes } from './attributes.js';
import type { Calls } from './calls.js';
import { codeOf } from './failure.js';

/**
 * Changes the owner and mode of an existing file where they differ. It ignores that it may not change a mode which the config does not
 * set.
 */
export async function changeAttributes(
  file: FileHandle,
  stats: BigIntStats,
  { mode, uid = Number(stats.uid), gid = Number(stats.gid), kept }: Attributes,
): Promise<void> {
  if (uid !== Number(stats.uid) || gid !== Number(stats.gid)) await file.chown(uid, gid);
  if (mode === (Number(stats.mode) & 0o7777)) return;
  await file.chmod(mode).catch((error: unknown) => {
    if (kept?.mode !== true || !cannotSet.has(codeOf(error) ?? '')) throw error;
  });
}

/**
 * Sets owner and group of a new file, then the mode: a change of the owner takes the set-id bits away. Returns false if the owner or
 * group of the old file could not be set. If that is the group, the group of rollcall gets only the permissions that all users have.
 */
export async function setAttributes(
  calls: Calls,
  file: number,
  { mode, uid, gid, kept }: Attributes,
): Promise<boolean> {
  if (uid !== undefined || gid !== undefined) await calls.chown(file, uid ?? -1, gid ?? -1);
  let keptOwner = true;
  let keptGroup = true;
  if (kept && (kept.uid !== undefined || kept.gid !== undefined)) {
    const stats = await calls.stat(file);
    const missing = (wanted: number | undefined, present: number): number =>
      wanted === undefined || wanted === present ? -1 : wanted;
    const owner = missing(kept.uid, Number(stats.uid));
    const group = missing(kept.gid, Number(stats.gid));
    // Not even root may do this in some containers. Any user may set a group of its own.
    if (!(await mayChown(calls, file, owner, group))) {
      keptGroup = await mayChown(calls, file, -1, group);
      keptOwner = false;
    }
  }
  await calls.chmod(file, keptGroup || kept?.mode !== true ? mode : (mode & 0o707) | ((mode & 0o007) << 3));
  return keptOwner;
}

async function mayChown(calls: Calls, file: number, uid: number, gid: number): Promise<boolean> {
  if (uid === -1 && gid === -1) return true;
  try {
    await calls.chown(file, uid, gid);
    return true;
  } catch (error) {
    if (cannotSet.has(codeOf(error) ?? '')) return false;
    throw error;
  }
}

/** The reasons: no permission, an id that a user namespace does not have, or a file system without owners. */
const cannotSet = new Set(['EPERM', 'EACCES', 'EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);
