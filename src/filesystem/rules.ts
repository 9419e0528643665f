import type { Stats } from 'node:fs';
import type { DirectoryCalls } from './directory-calls.js';
import { isTrustedUser, mayOthersWrite, showPermissions, untrusted } from './trust.js';

/** A folder on the way. */
export interface WalkedDirectory {
  /** Absolute, without links. */
  readonly path: string;
  readonly descriptor: number | undefined;
  readonly stats: Stats;
}

/** @throws RollcallError `PATH_UNTRUSTED` for a folder of a stranger, where strangers may make folders */
export async function expectTrustedDirectory(
  entered: WalkedDirectory,
  here: WalkedDirectory,
  calls: DirectoryCalls,
): Promise<void> {
  if (isTrustedUser(entered.stats.uid) || !(await mayOthersWriteIn(here, calls))) return;
  throw untrusted(
    `${entered.path} is a folder of user ${entered.stats.uid}, who is neither root nor the user of rollcall, and others than those may write in ${here.path} (${showPermissions(here.stats)})`,
  );
}

/** @throws RollcallError `PATH_UNTRUSTED` for a link that another user made, or could have put there */
export async function expectTrustedLink(
  link: Stats,
  name: string,
  here: WalkedDirectory,
  calls: DirectoryCalls,
): Promise<void> {
  const path = pathOf(here, name);
  if (!isTrustedUser(link.uid))
    throw untrusted(`${path} is a link of user ${link.uid}, who is neither root nor the user of rollcall`);
  if (await mayOthersWriteIn(here, calls))
    throw untrusted(
      `${path} is a link, and others than root and the user of rollcall may write in ${here.path} (${showPermissions(here.stats)})`,
    );
}

/** @throws RollcallError `PATH_UNTRUSTED` for a folder in which others may write */
export async function expectNotWritableByOthers(here: WalkedDirectory, calls: DirectoryCalls): Promise<void> {
  if (await mayOthersWriteIn(here, calls))
    throw untrusted(
      `others than root and the user of rollcall may write in ${here.path} (${showPermissions(here.stats)})`,
    );
}

/** May others write in the folder? A folder of a ConfigMap has mode 0777; that its mount is read-only is what protects it. */
export async function mayOthersWriteIn(here: WalkedDirectory, calls: DirectoryCalls): Promise<boolean> {
  if (!mayOthersWrite(here.stats)) return false;
  return calls.checkWritable(callPath(here, '.')).then(
    () => true,
    (error: unknown) => codeOf(error) !== 'EROFS',
  );
}

/** By which path a system call reaches an entry of the folder. */
export function callPath({ descriptor, path }: WalkedDirectory, name: string): string {
  return descriptor === undefined ? pathOf({ path }, name) : `/proc/self/fd/${descriptor}/${name}`;
}

/** The path of an entry for people. */
export function pathOf({ path }: Pick<WalkedDirectory, 'path'>, name: string): string {
  return path === '/' ? `/${name}` : `${path}/${name}`;
}

/** The code of an error of the file system. */
export function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}
