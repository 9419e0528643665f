import { chmod, chown, lstat, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** An unprivileged user, who may write nowhere. Root may write anywhere, whatever the modes are. */
const nobody = 65534;

/** The paths of what is in a directory; none when there is no directory. */
export async function filesIn(directory: string): Promise<string[]> {
  const names = await readdir(directory).catch(() => []);
  return names.map((name) => join(directory, name));
}

/** Whether the name is that of a temporary file or a backup. */
export function isTemporary(path: string): boolean {
  return basename(path).startsWith('.rollcall-');
}

/** By path: a mark that changes with every write. */
export async function marksOf(paths: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const marks = new Map<string, string>();
  for (const path of paths) {
    const { ino, mtimeNs } = await lstat(path, { bigint: true });
    marks.set(path, `${ino} ${mtimeNs}`);
  }
  return marks;
}

/**
 * Takes the permission to write in a directory away. The returned function gives it back.
 *
 * @param directory below `root`
 * @param own files and directories below `root` in which this process must be able to write meanwhile
 */
export async function obstructDirectory(
  directory: string,
  { root, own }: { readonly root: string; readonly own: readonly string[] },
): Promise<() => Promise<void>> {
  await chmod(directory, 0o555);
  const { geteuid, seteuid } = process;
  const isRoot = geteuid?.() === 0;
  if (isRoot) {
    await chmod(root, 0o755);
    for (const path of own) await chown(path, nobody, nobody);
    seteuid?.(nobody);
  }
  return async () => {
    if (isRoot) seteuid?.(0);
    await chmod(directory, 0o755);
    if (isRoot) for (const path of own) await chown(path, 0, 0);
  };
}
