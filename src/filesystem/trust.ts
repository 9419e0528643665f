import type { Stats } from 'node:fs';
import { RollcallError } from '../model/errors.js';

/** What of a file or folder tells who may change it. */
export type Permissions = Pick<Stats, 'uid' | 'mode'>;

/** Root, who may do everything anyhow, or the user that we act as. */
export function isTrustedUser(uid: number): boolean {
  return uid === 0 || uid === (process.geteuid?.() ?? uid);
}

/** May another than root and us write it? The sticky bit takes nothing from this: it lets all make names in a folder. */
export function mayOthersWrite({ uid, mode }: Permissions): boolean {
  return !isTrustedUser(uid) || (mode & 0o022) !== 0;
}

/** What of a file or folder tells who may change it, by group as well. */
export type Ownership = Pick<Stats, 'uid' | 'gid' | 'mode'>;

/**
 * Why others than root and our user decide what a file says, as one clause; undefined when they do not. For files that decide
 * what rollcall runs and writes.
 *
 * Root trusts no group but its own. Any other user keeps his private group: with umask 002 his files have mode 0664. Root
 * also asks the folder: without the sticky bit, another file of root can be renamed over this one.
 *
 * @param folder where it lies; undefined when it has no name there
 */
export function whyOthersControl(file: Ownership, folder: Ownership | undefined): string | undefined {
  if (mayOthersControl(file))
    return `others than root and the user of rollcall may write it (${showPermissions(file)})`;
  if (folder === undefined || !isRoot() || !mayOthersReplaceIn(folder)) return undefined;
  return `others than root may replace it (${showPermissions(file)}), because they may write in its folder (${showPermissions(folder)})`;
}

/** May others rename or remove what root and we have in this folder? */
function mayOthersReplaceIn(folder: Ownership): boolean {
  return mayOthersControl(folder) && !(isTrustedUser(folder.uid) && (folder.mode & 0o1000) !== 0);
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

/** @param why what is there, of whom, and why that is not enough */
export function untrusted(why: string, hint?: string): RollcallError {
  return new RollcallError('PATH_UNTRUSTED', why, hint === undefined ? {} : { hint });
}
