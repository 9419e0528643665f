import { chmod, mkdir, mkdtemp, readdir, readlink, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

/**
 * Writes the files of a mounted ConfigMap as the kubelet does: into a new directory, to which the link `..data` is then moved. Each file is a
 * link through `..data`. The old directory is removed at once.
 */
export async function publish(dir: string, files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(dir, { recursive: true });
  const next = await mkdtemp(join(dir, '..2026_01_01_00_00_00.'));
  await chmod(next, 0o755);
  for (const [name, text] of Object.entries(files)) await writeFile(join(next, name), text);
  const old = await readlink(join(dir, '..data')).catch(() => undefined);
  await symlink(basename(next), join(dir, '..data_tmp'));
  await rename(join(dir, '..data_tmp'), join(dir, '..data'));
  const names = new Set(await readdir(dir));
  for (const name of Object.keys(files)) if (!names.has(name)) await symlink(join('..data', name), join(dir, name));
  for (const name of names) if (!name.startsWith('..') && !(name in files)) await unlink(join(dir, name));
  if (old !== undefined) await rm(join(dir, old), { recursive: true, force: true });
}
