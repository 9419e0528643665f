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

/** `user 1001, mode 0777`: why others may write it. */
export function showPermissions({ uid, mode }: Permissions): string {
  return `user ${uid}, mode ${(mode & 0o7777).toString(8).padStart(4, '0')}`;
}

/** @param why what is there, of whom, and why that is not enough */
export function untrusted(why: string, hint?: string): RollcallError {
  return new RollcallError('PATH_UNTRUSTED', why, hint === undefined ? {} : { hint });
}
