import { link, lstat, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as z from 'zod';
import { compareText } from '../../model/order.js';
import type { OnStep, TransactionKind } from '../transaction.js';
import { sideBySide } from './batch.js';
import { later, type Calls, type Disks } from './calls.js';
import { codeOf, ifThere } from './failure.js';
import type { Strays } from './strays.js';
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
export function createFilesUndo(strays: Strays, disks: Disks, onStep: OnStep | undefined): TransactionKind<FilesUndo> {
  return {
    undo,
    outputs: ({ items }) => items.map(({ path }) => path),
    async whole({ items }) {
      for (const each of items) if (!(await isSwapped(each))) return false;
      return true;
    },
    async revert({ items }) {
      let visible = false;
      for (const [index, each] of [...items.entries()].reverse()) {
        if (await putBack(each)) visible = true;
        await onStep?.(`revert:${index}`);
      }
      await flushDirectories(
        disks,
        items.map(({ path }) => dirname(path)),
      );
      return visible;
    },
    async clean({ items, sweep }) {
      await sideBySide(items.flatMap(strayFilesOf), async (path) => {
        const calls = await disks.callsIn(dirname(path));
        await ifThere(calls.unlink(path));
      });
      await strays.sweep(sweep);
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

async function isSwapped(each: UndoItem): Promise<boolean> {
  switch (each.action) {
    case 'create':
      return (await inodeOf(each.path)) === each.inode;
    case 'replace':
      return !(await exists(each.temporary)) && (await exists(each.backup));
    case 'remove':
      return exists(each.backup);
    case 'over':
      return false;
  }
}

/** Tells whether the new state of the file had been visible. */
async function putBack(each: UndoItem): Promise<boolean> {
  switch (each.action) {
    case 'create': {
      // By inode, so that a file that somebody else has put here since stays.
      const swapped = (await inodeOf(each.path)) === each.inode;
      await rm(each.temporary, { force: true });
      if (swapped) await rm(each.path);
      return swapped;
    }
    case 'replace': {
      const swapped = !(await exists(each.temporary)) && (await exists(each.backup));
      if (swapped) await rename(each.backup, each.path);
      await rm(each.temporary, { force: true });
      // Also after the rename: between two names of one file it does nothing and leaves both (rename(2)).
      await rm(each.backup, { force: true });
      return swapped;
    }
    case 'over': {
      const old = await ifThere(readFile(each.backup));
      const swapped = old !== undefined && !old.equals(await readFile(each.path));
      if (swapped) await writeOver(each.path, old);
      for (const path of strayFilesOf(each)) await rm(path, { force: true });
      return swapped;
    }
    case 'remove':
      return restoreRemoved(each.path, each.backup);
  }
}

/** A file that somebody else has meanwhile put in that place stays, and the one that we were to remove goes. */
async function restoreRemoved(path: string, backup: string): Promise<boolean> {
  try {
    await link(backup, path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    if (codeOf(error) !== 'EEXIST' && !(await exists(path))) {
      await rename(backup, path);
      return true;
    }
  }
  await rm(backup, { force: true });
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
export async function inodeOf(path: string, calls: Calls = later): Promise<string | undefined> {
  const stats = await ifThere(calls.lstat(path));
  return stats === undefined ? undefined : String(stats.ino);
}

async function exists(path: string): Promise<boolean> {
  return (await ifThere(lstat(path))) !== undefined;
}
