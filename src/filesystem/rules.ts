import type { Stats } from 'node:fs';
import type { DirectoryCalls } from './directory-calls.js';
import { isOwnVolume, isTrustedUser, mayOthersWrite, showPermissions, untrusted } from './trust.js';

/** A directory on the path of a walk. */
export interface WalkedDirectory {
  /** Absolute, without links. */
  readonly path: string;
  readonly descriptor: number | undefined;
  readonly stats: Stats;
}

/** @throws RollcallError `PATH_UNTRUSTED` for another user's directory in a parent in which others may write */
export async function expectTrustedDirectory(
  child: WalkedDirectory,
  parent: WalkedDirectory,
  calls: DirectoryCalls,
): Promise<void> {
  if (isTrustedUser(child.stats.uid) || !(await mayOthersWriteIn(parent, calls))) return;
  throw untrusted(
    `${child.path} is a directory of user ${child.stats.uid}, who is neither root nor the user of rollcall, and other users may write in ${parent.path} (${showPermissions(parent.stats)})`,
  );
}

/** @throws RollcallError `PATH_UNTRUSTED` for a link that another user owns or could have created */
export async function expectTrustedLink(
  link: Stats,
  name: string,
  parent: WalkedDirectory,
  calls: DirectoryCalls,
): Promise<void> {
  const path = pathOf(parent, name);
  if (!isTrustedUser(link.uid))
    throw untrusted(`${path} is a link of user ${link.uid}, who is neither root nor the user of rollcall`);
  if (await mayOthersWriteIn(parent, calls))
    throw untrusted(
      `${path} is a link, and others than root and the user of rollcall may write in ${parent.path} (${showPermissions(parent.stats)})`,
    );
}

/** @throws RollcallError `PATH_UNTRUSTED` for a directory in which others may write */
export async function expectNotWritableByOthers(parent: WalkedDirectory, calls: DirectoryCalls): Promise<void> {
  if (await mayOthersWriteIn(parent, calls))
    throw untrusted(
      `others than root and the user of rollcall may write in ${parent.path} (${showPermissions(parent.stats)})`,
    );
}

/**
 * Whether others may write in the directory. A ConfigMap's directory has mode 0777, but its read-only mount protects it. An own volume is
 * reached by no other user, whatever its mode.
 */
export async function mayOthersWriteIn(parent: WalkedDirectory, calls: DirectoryCalls): Promise<boolean> {
  if (!mayOthersWrite(parent.stats) || isOwnVolume(parent.path, parent.stats)) return false;
  return calls.checkWritable(callPath(parent, '.')).then(
    () => true,
    (error: unknown) => codeOf(error) !== 'EROFS',
  );
}

/** The path of an entry for system calls: through the directory's descriptor, if there is one. */
export function callPath({ descriptor, path }: WalkedDirectory, name: string): string {
  return descriptor === undefined ? pathOf({ path }, name) : `/proc/self/fd/${descriptor}/${name}`;
}

/** The real path of an entry, for messages. */
export function pathOf({ path }: Pick<WalkedDirectory, 'path'>, name: string): string {
  return path === '/' ? `/${name}` : `${path}/${name}`;
}

/** The code of a file system error, such as `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}
