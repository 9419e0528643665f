import type { Stats } from 'node:fs';
import { RollcallError } from '../model/errors.js';

/** The attributes of a file or directory that decide which users may change it. */
export type Permissions = Pick<Stats, 'uid' | 'mode'>;

/** Whether the user is root, who may do everything anyway, or the effective user of this process. */
export function isTrustedUser(uid: number): boolean {
  return uid === 0 || uid === (process.geteuid?.() ?? uid);
}

/** Whether users other than root and ours may write to it. The sticky bit does not help: others may still create entries in a directory. */
export function mayOthersWrite({ uid, mode }: Permissions): boolean {
  return !isTrustedUser(uid) || (mode & 0o022) !== 0;
}

/**
 * Whether the operator says that no user but root and ours works in this directory: `$ROLLCALL_OWN_VOLUME` is its real path. The volumes of
 * a container often have mode 0777, and only the containers that mount them reach them.
 *
 * @param path absolute, without links
 */
export function isOwnVolume(path: string, { uid }: Permissions): boolean {
  return path === process.env.ROLLCALL_OWN_VOLUME && isTrustedUser(uid);
}

/** The same attributes, with the group. */
export type Ownership = Pick<Stats, 'uid' | 'gid' | 'mode'>;

/**
 * Why users other than root and ours can decide the content of a file, as one clause; undefined when they cannot. For files
 * that decide what rollcall runs and writes.
 *
 * If we are root, only the group of root may write. For any other user, the file's group may write: with a private group and
 * umask 002, the user's files have mode 0664. If we are root, the directory matters too: without the sticky bit, others can
 * rename another file of root over this one.
 *
 * @param directory the directory of the file; undefined when the file has no name in one
 */
export function whyOthersControl(file: Ownership, directory: Ownership | undefined): string | undefined {
  if (mayOthersControl(file))
    return `others than root and the user of rollcall may write it (${showPermissions(file)})`;
  if (directory === undefined || !isRoot() || !mayOthersReplaceIn(directory)) return undefined;
  return `others than root may replace it (${showPermissions(file)}), because they may write in its directory (${showPermissions(directory)})`;
}

/** Whether others may rename or remove files of root and our user in this directory. */
function mayOthersReplaceIn(directory: Ownership): boolean {
  return mayOthersControl(directory) && !(isTrustedUser(directory.uid) && (directory.mode & 0o1000) !== 0);
}

function mayOthersControl({ uid, gid, mode }: Ownership): boolean {
  if (!isTrustedUser(uid) || (mode & 0o002) !== 0) return true;
  return (mode & 0o020) !== 0 && isRoot() && gid !== 0;
}

function isRoot(): boolean {
  return process.geteuid?.() === 0;
}

/** `user 1001, mode 0777`: why others may write it. */
export function showPermissions({ uid, mode }: Permissions): string {
  return `user ${uid}, mode ${(mode & 0o7777).toString(8).padStart(4, '0')}`;
}

/** @param why the path, its owner, and why it is not trusted */
export function untrusted(why: string, hint?: string): RollcallError {
  return new RollcallError('PATH_UNTRUSTED', why, hint === undefined ? {} : { hint });
}
