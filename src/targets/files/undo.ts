import { dirname } from 'node:path';
import * as z from 'zod';
import { compareText } from '../../model/order.js';
import type { OnStep, TransactionKind } from '../transaction.js';
import { sideBySide } from './batch.js';
import { codeOf, ifThere } from './failure.js';
import { spotOf, type Places } from './places.js';
import { readRegular } from './read.js';
import type { TempFiles } from './temp-files.js';
import { flushDirectories, writeOver } from './write.js';

/**
 * One file of a change. `create`: nothing was there, `temporary` becomes `path`. `replace`: the same, and `backup` keeps
 * the old file. `over`: written in place, `backup` is a copy. `remove`: `path` becomes `backup`.
 */
const item = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('create'), path: z.string(), temporary: z.string(), inode: z.string() }),
  z.strictObject({ action: z.literal('replace'), path: z.string(), temporary: z.string(), backup: z.string() }),
  z.strictObject({
    action: z.literal('over'),
    path: z.string(),
    temporary: z.string().nullable(),
    backup: z.string(),
  }),
  z.strictObject({ action: z.literal('remove'), path: z.string(), backup: z.string() }),
]);

const undo = z.strictObject({
  kind: z.literal('files'),
  items: z.array(item),
  /** Where files without an item may lie, because staging was cut short. */
  sweep: z.array(z.string()),
});

export type UndoItem = z.infer<typeof item>;
export type FilesUndo = z.infer<typeof undo>;

/** How a change of files is undone or tidied up, by this process or by the next. */
export function createFilesUndo(
  strays: TempFiles,
  places: Places,
  onStep: OnStep | undefined,
): TransactionKind<FilesUndo> {
  return {
    undo,
    outputs: ({ items }) => items.map(({ path }) => path),
    async whole({ items }) {
      for (const each of items) if (!(await isSwapped(each, places))) return false;
      return true;
    },
    async revert({ items }) {
      let visible = false;
      for (const [index, each] of [...items.entries()].reverse()) {
        if (await putBack(each, places)) visible = true;
        await onStep?.(`revert:${index}`);
      }
      await flushDirectories(
        places,
        items.map(({ path }) => dirname(path)),
      );
      return visible;
    },
    async clean({ items, sweep }) {
      await sideBySide(items.flatMap(strayFilesOf), (path) => remove(path, places));
      await strays.sweep(sweep, places);
    },
    leftovers({ items }) {
      const kept = items.filter((each) => each.action !== 'create');
      return kept.length === 0 ? null : { kind: 'files', items: kept, sweep: [] };
    },
    owned({ items }, before) {
      const after = new Set(before);
      for (const { action, path } of items) {
        if (action === 'remove') after.delete(path);
        else after.add(path);
      }
      return [...after].sort(compareText);
    },
  };
}

async function isSwapped(each: UndoItem, places: Places): Promise<boolean> {
  switch (each.action) {
    case 'create':
      return (await inodeOf(each.path, places)) === each.inode;
    case 'replace':
      return !(await exists(each.temporary, places)) && (await exists(each.backup, places));
    case 'remove':
      return exists(each.backup, places);
    case 'over':
      return false;
  }
}

/** Tells whether the new state of the file had been visible. */
async function putBack(each: UndoItem, places: Places): Promise<boolean> {
  switch (each.action) {
    case 'create': {
      // By inode, so that a file that somebody else has put here since stays.
      const swapped = (await inodeOf(each.path, places)) === each.inode;
      await remove(each.temporary, places);
      if (swapped) await remove(each.path, places);
      return swapped;
    }
    case 'replace': {
      const swapped = await isSwapped(each, places);
      if (swapped) await move(each.backup, each.path, places);
      await remove(each.temporary, places);
      // Also after the rename: between two names of one file it does nothing and leaves both (rename(2)).
      await remove(each.backup, places);
      return swapped;
    }
    case 'over': {
      const backup = await places.spot(each.backup);
      const old = backup && (await readRegular(backup));
      const spot = await spotOf(each.path, places);
      const there = await readRegular(spot);
      const swapped = old !== undefined && (there === undefined || !old.equals(there));
      if (swapped) await writeOver(spot, old);
      for (const path of strayFilesOf(each)) await remove(path, places);
      return swapped;
    }
    case 'remove':
      return restoreRemoved(each.path, each.backup, places);
  }
}

/** A file that somebody else has meanwhile put in that place stays, and the one that we were to remove goes. */
async function restoreRemoved(path: string, backup: string, places: Places): Promise<boolean> {
  const [from, to] = [await places.spot(backup), await places.spot(path)];
  if (!from || !to) return false;
  const { calls } = to.folder;
  try {
    await calls.link(from.folder.at(from.name), to.folder.at(to.name));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    if (codeOf(error) !== 'EEXIST' && !(await exists(path, places))) {
      await calls.rename(from.folder.at(from.name), to.folder.at(to.name));
      return true;
    }
  }
  await remove(backup, places);
  return true;
}

function strayFilesOf(each: UndoItem): string[] {
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

/** Undefined when there is none. */
export async function inodeOf(path: string, places: Places): Promise<string | undefined> {
  const spot = await places.spot(path);
  const stats = spot && (await ifThere(spot.folder.calls.lstat(spot.folder.at(spot.name))));
  return stats === undefined ? undefined : String(stats.ino);
}

async function exists(path: string, places: Places): Promise<boolean> {
  return (await inodeOf(path, places)) !== undefined;
}

/** The file, or the link itself, if it is there. */
export async function remove(path: string, places: Places): Promise<void> {
  const spot = await places.spot(path);
  if (spot) await ifThere(spot.folder.calls.unlink(spot.folder.at(spot.name)));
}

async function move(from: string, to: string, places: Places): Promise<void> {
  const [source, destination] = [await spotOf(from, places), await spotOf(to, places)];
  const { calls } = source.folder;
  await calls.rename(source.folder.at(source.name), destination.folder.at(destination.name));
}
