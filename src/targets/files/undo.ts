import { dirname } from 'node:path';
import * as z from 'zod';
import type { OnStep, TransactionKind } from '../transaction.js';
import { sideBySide } from './batch.js';
import { codeOf, ifThere } from './failure.js';
import { locationOf, type Directories } from './directories.js';
import { changeOwned } from './owned.js';
import { readRegular } from './read.js';
import type { TempFiles } from './temp-files.js';
import { flushDirectories, writeOver } from './write.js';

/**
 * One file of a change. `create`: nothing was there, `temporary` becomes `path`. `replace`: the same, and `backup` keeps
 * the old file. `over`: written in place, `backup` is a copy. `remove`: `path` becomes `backup`. `secret`: the contents are, and so may
 * be those of the backup.
 */
const item = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('create'), path: z.string(), temporary: z.string(), inode: z.string() }),
  z.strictObject({
    action: z.literal('replace'),
    path: z.string(),
    temporary: z.string(),
    backup: z.string(),
    secret: z.literal(true).optional(),
  }),
  z.strictObject({
    action: z.literal('over'),
    path: z.string(),
    temporary: z.string().nullable(),
    backup: z.string(),
    secret: z.literal(true).optional(),
  }),
  z.strictObject({ action: z.literal('remove'), path: z.string(), backup: z.string() }),
]);

const undo = z.strictObject({
  kind: z.literal('files'),
  items: z.array(item),
  /** Directories that may hold files without an item, because the staging was interrupted. */
  sweep: z.array(z.string()),
});

export type UndoItem = z.infer<typeof item>;
export type FilesUndo = z.infer<typeof undo>;

/** The undo and clean-up of a change of files, by this process or by a later one. */
export function createFilesUndo(
  tempFiles: TempFiles,
  directories: Directories,
  onStep: OnStep | undefined,
): TransactionKind<FilesUndo> {
  return {
    undo,
    outputs: ({ items }) => items.map(({ path }) => path),
    async whole({ items }) {
      for (const each of items) if (!(await isSwapped(each, directories))) return false;
      return true;
    },
    async revert({ items }) {
      let visible = false;
      for (const [index, each] of [...items.entries()].reverse()) {
        if (await putBack(each, directories)) visible = true;
        await onStep?.(`revert:${index}`);
      }
      await flushDirectories(
        directories,
        items.map(({ path }) => dirname(path)),
      );
      return visible;
    },
    async clean({ items, sweep }) {
      await sideBySide(items.flatMap(tempFilesOf), (path) => remove(path, directories));
      await tempFiles.sweep(sweep, directories);
    },
    leftovers({ items }) {
      const kept = items.filter((each) => each.action !== 'create');
      return kept.length === 0 ? null : { kind: 'files', items: kept, sweep: [] };
    },
    owned({ items }, before) {
      const pathsOf = (removed: boolean) =>
        items.filter(({ action }) => (action === 'remove') === removed).map(({ path }) => path);
      return changeOwned(before, pathsOf(true), pathsOf(false));
    },
  };
}

async function isSwapped(each: UndoItem, directories: Directories): Promise<boolean> {
  switch (each.action) {
    case 'create':
      return (await inodeOf(each.path, directories)) === each.inode;
    case 'replace':
      return !(await exists(each.temporary, directories)) && (await exists(each.backup, directories));
    case 'remove':
      return exists(each.backup, directories);
    case 'over':
      return false;
  }
}

/** Restores the old state of one file. Returns whether readers could see the new state. */
async function putBack(each: UndoItem, directories: Directories): Promise<boolean> {
  switch (each.action) {
    case 'create': {
      // The inode decides, so that a file that another program has created since stays.
      const swapped = (await inodeOf(each.path, directories)) === each.inode;
      await remove(each.temporary, directories);
      if (swapped) await remove(each.path, directories);
      return swapped;
    }
    case 'replace': {
      const swapped = await isSwapped(each, directories);
      if (swapped) await move(each.backup, each.path, directories);
      await remove(each.temporary, directories);
      // Needed even after the rename: if both names are the same file, rename(2) does nothing and leaves both.
      await remove(each.backup, directories);
      return swapped;
    }
    case 'over': {
      const backup = await directories.find(each.backup);
      const old = backup && (await readRegular(backup));
      const location = await locationOf(each.path, directories);
      const there = await readRegular(location);
      const swapped = old !== undefined && (there === undefined || !old.equals(there));
      if (swapped) await writeOver(location, old);
      for (const path of tempFilesOf(each)) await remove(path, directories);
      return swapped;
    }
    case 'remove':
      return restoreRemoved(each.path, each.backup, directories);
  }
}

/** Restores a removed file. If another program has created a file there meanwhile, that file stays and the backup is removed. */
async function restoreRemoved(path: string, backup: string, directories: Directories): Promise<boolean> {
  const [from, to] = [await directories.find(backup), await directories.find(path)];
  if (!from || !to) return false;
  const { calls } = to.directory;
  try {
    await calls.link(from.directory.at(from.name), to.directory.at(to.name));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    if (codeOf(error) !== 'EEXIST' && !(await exists(path, directories))) {
      await calls.rename(from.directory.at(from.name), to.directory.at(to.name));
      return true;
    }
  }
  await remove(backup, directories);
  return true;
}

function tempFilesOf(each: UndoItem): string[] {
  switch (each.action) {
    case 'create':
      return [each.temporary];
    case 'replace':
      return [each.temporary, each.backup];
    case 'over':
      return each.temporary === null ? [each.backup] : [each.temporary, each.backup];
    case 'remove':
      return [each.backup];
  }
}

/** The inode number; undefined when there is no file. */
async function inodeOf(path: string, directories: Directories): Promise<string | undefined> {
  const location = await directories.find(path);
  const stats = location && (await ifThere(location.directory.calls.lstat(location.directory.at(location.name))));
  return stats === undefined ? undefined : String(stats.ino);
}

async function exists(path: string, directories: Directories): Promise<boolean> {
  return (await inodeOf(path, directories)) !== undefined;
}

/** Removes the file, or the link itself, if it exists. */
export async function remove(path: string, directories: Directories): Promise<void> {
  const location = await directories.find(path);
  if (location) await ifThere(location.directory.calls.unlink(location.directory.at(location.name)));
}

async function move(from: string, to: string, directories: Directories): Promise<void> {
  const [source, destination] = [await locationOf(from, directories), await locationOf(to, directories)];
  const { calls } = source.directory;
  await calls.rename(source.directory.at(source.name), destination.directory.at(destination.name));
}
