import { basename, dirname, join } from 'node:path';
import { makeDirectory } from '../../filesystem/make-directory.js';
import { RollcallError } from '../../model/errors.js';
import { compareText } from '../../model/order.js';
import type { Journal } from '../../ports/journal.js';
import type { ChangeSet, OnStep, Staged } from '../transaction.js';
import { octal, type KeptAttributes } from './attributes.js';
import { sideBySide } from './batch.js';
import type { DesiredFile } from './desired-file.js';
import { later } from './calls.js';
import type { FileChange } from './diff.js';
import { ifThere, outputError } from './failure.js';
import { expectOurOwn } from './in-place.js';
import { locationOf, type Directories } from './directories.js';
import { keepOriginal, type OriginalsDeps } from './originals.js';
import { mostBytes } from './read.js';
import { isKnownDirectory, isOwned } from './owned.js';
import type { TempFiles } from './temp-files.js';
import { stampOf, type FileStamp } from './sightings.js';
import { stagedFiles } from './staged-files.js';
import { remove } from './undo.js';
import type { FilesUndo, UndoItem } from './undo.js';
import { copyTo, flushDirectories, keep, writeNew, writeOver } from './write.js';

export interface ChangeSetDeps {
  readonly journal: Journal;
  readonly tempFiles: TempFiles;
  readonly directories: Directories;
  /** Directory for the temporary files of outputs that are written in place. */
  readonly scratch: string;
  /** The check reads the new files before the swap. */
  readonly showsStaged: boolean;
  readonly onStep: OnStep | undefined;
  readonly originals: OriginalsDeps;
}

type Write = NonNullable<FileChange['write']>;

export interface FilesChangeSet extends ChangeSet<FilesUndo> {
  /** By path of the desired file, the new files after the swap. Those that were written in place are not there. */
  readonly written: ReadonlyMap<string, { readonly real: string; readonly stamp: FileStamp }>;
}

/** A change of files: staged beside their destinations, then renamed over them, removals last. */
export function createFilesChangeSet(changes: readonly FileChange[], deps: ChangeSetDeps): FilesChangeSet {
  const { journal, tempFiles, directories, scratch, onStep } = deps;
  const touched = new Set<string>();
  const writes = new Map<string, Write>();
  /** By real path, the staged file. */
  const staged = new Map<string, FileStamp>();
  const written = new Map<string, { readonly real: string; readonly stamp: FileStamp }>();
  /** Flushes of new files in progress, at most one batch. The journal is written in parallel to them. */
  const flushes: Promise<void>[] = [];
  const caveats = changes.flatMap(({ write }) => write?.attributes.caveats ?? []);

  async function stage(): Promise<Staged<FilesUndo>> {
    const placed: FileChange[] = [];
    for (const change of changes) placed.push(await place(change));
    await announce(placed);
    const items: UndoItem[] = [];
    await sideBySide(
      placed,
      async (change) => {
        items.push(await stageOne(change));
      },
      async (batch) => {
        if (items.length < placed.length) await flushed();
        await onStep?.(`stage:${batch}`);
      },
    );
    const order = (each: UndoItem): number => (each.action === 'remove' ? 1 : 0);
    items.sort((a, b) => order(a) - order(b) || compareText(a.path, b.path));
    const [only] = items;
    const temporary = only && 'temporary' in only ? only.temporary : null;
    return {
      undo: { kind: 'files', items, sweep: [] },
      staged: temporary ?? undefined,
      replaced: only && only.action !== 'create' ? only.path : undefined,
      files: deps.showsStaged ? stagedFiles(items) : undefined,
      caveats: [
        ...caveats,
        ...items.flatMap(({ action, path }) =>
          action === 'over' ? [`${path} was written in place: a reader may have seen a part of it`] : [],
        ),
      ],
    };
  }

  /** Creates the directory of a fan-out if it is missing. Only then can the symlinks in its path be resolved. */
  async function place(change: FileChange): Promise<FileChange> {
    if (change.action !== 'create' || change.write?.file.fanOut !== true) return change;
    const directory = dirname(change.real);
    try {
      const { real } = await directories.open(directory, 0o755);
      return { ...change, real: join(real, basename(change.real)) };
    } catch (error) {
      throw outputError(error, `cannot make the directory ${directory}`);
    }
  }

  /**
   * A process that is killed while it stages leaves files that no journal names. The next process looks for them in the
   * directories of owned outputs. Any other directory must be in the journal before a file is created there.
   */
  async function announce(placed: readonly FileChange[]): Promise<void> {
    const { owned } = journal.record;
    const fresh = placed.flatMap(({ real }) => (isOwned(owned, real) ? [] : [dirname(real)]));
    const sweep = [...new Set(fresh)].filter((directory) => !isKnownDirectory(owned, directory));
    const undo: FilesUndo = { kind: 'files', items: [], sweep };
    if (sweep.length > 0) await journal.advance({ undo });
  }

  async function stageOne(change: FileChange): Promise<UndoItem> {
    const { action, real, write } = change;
    const directory = dirname(real);
    if (!write) return { action: 'remove', path: real, backup: tempFiles.backup(directory) };
    const { file, attributes } = write;
    const { content, inPlace } = file;
    writes.set(real, write);
    const complain = (error: unknown): never => {
      throw outputError(error, `cannot write a new file in ${directory} for ${file.path}`);
    };
    try {
      const notKept = await keepOriginal(change, directories, deps.originals);
      if (notKept !== undefined) caveats.push(notKept);
      if (inPlace && action === 'update') return await stageInPlace(real, write);
      const { calls, at } = await directories.open(directory);
      const temporary = tempFiles.temporary(directory);
      const backup = action === 'update' ? tempFiles.backup(directory) : undefined;
      touched.add(temporary);
      if (backup !== undefined) touched.add(backup);
      // Both end before a failure of one is reported, so that `discard` finds all files.
      const [made, kept] = await Promise.allSettled([
        writeNew(calls, at(basename(temporary)), content, attributes),
        backup !== undefined && keep(calls, at(basename(real)), at(basename(backup))),
      ]);
      if (made.status === 'rejected') throw made.reason;
      const { stamp, durable, keptOwner } = made.value;
      staged.set(real, stamp);
      expectFlush(durable.catch(complain));
      if (!keptOwner) caveats.push(await describeLostOwner(temporary, file.path, attributes.kept));
      if (kept.status === 'rejected') throw kept.reason;
      if (backup !== undefined && kept.value)
        return { action: 'replace', path: real, temporary, backup, ...secretMark(file) };
      // The file that was written, even if another program has replaced or removed its name since.
      return { action: 'create', path: real, temporary, inode: String(stamp.ino) };
    } catch (error) {
      return complain(error);
    }
  }

  async function describeLostOwner(temporary: string, path: string, kept: KeptAttributes): Promise<string> {
    const { directory, name } = await locationOf(temporary, directories);
    const { uid, gid, mode } = await directory.calls.lstat(directory.at(name));
    const wanted = `${kept.uid ?? uid}:${kept.gid ?? gid}`;
    return `${path} now belongs to user ${uid} and group ${gid} (mode ${octal(Number(mode) & 0o7777)}): rollcall may not give it to ${wanted}, which had it before`;
  }

  async function stageInPlace(real: string, write: Write): Promise<UndoItem> {
    const location = await locationOf(real, directories);
    const { directory, name } = location;
    // Checked before any change, and again on the open file before the write.
    const stats = await directory.calls.lstat(directory.at(name));
    await expectOurOwn(location, stats, { uid: write.attributes.uid });
    if (stats.size > BigInt(mostBytes))
      throw new RollcallError('OUTPUT_UNWRITABLE', `${real} is longer than ${mostBytes >> 20} MiB`, {
        hint: 'Nothing was changed. Move it out of the way, or correct `path`.',
      });
    await makeDirectory(scratch, 0o700);
    const backup = tempFiles.backup(scratch);
    const temporary = deps.showsStaged ? tempFiles.temporary(scratch) : null;
    touched.add(backup);
    await copyTo(directory.at(name), backup);
    if (temporary !== null) {
      touched.add(temporary);
      // A check sees this file at the output, perhaps as another user. The scratch directory keeps all others out.
      const kept = { uid: Number(stats.uid), gid: Number(stats.gid), mode: true };
      const shown = await writeNew(later, temporary, write.file.content, { ...write.attributes, kept });
      await shown.durable;
    }
    return { action: 'over', path: real, temporary, backup, ...secretMark(write.file) };
  }

  function expectFlush(flush: Promise<void>): void {
    // `flushed` reports a failure; until then, nothing awaits the promise.
    flush.catch(() => undefined);
    flushes.push(flush);
  }

  /** All flushes end before a failure is reported, so that no file is removed while its flush runs. */
  async function flushed(): Promise<void> {
    const failed = (await Promise.allSettled(flushes.splice(0))).find((each) => each.status === 'rejected');
    if (failed) throw failed.reason;
  }

  async function swap({ items }: FilesUndo): Promise<void> {
    // A reader must not see a file that a power cut could still take back.
    await flushed();
    for (const [index, each] of items.entries()) {
      try {
        await swapOne(each);
      } catch (error) {
        throw outputError(error, `cannot ${each.action === 'remove' ? 'remove' : 'replace'} ${each.path}`);
      }
      await onStep?.(`swap:${index}`);
    }
    await flushDirectories(
      directories,
      items.map(({ path }) => dirname(path)),
    );
    for (const { path } of items) await look(path);
  }

  /** Remembers how the new file looks after the swap, unless another program has changed it already. */
  async function look(real: string): Promise<void> {
    const [write, before] = [writes.get(real), staged.get(real)];
    if (!write || !before) return;
    const { directory, name } = await locationOf(real, directories);
    const stats = await ifThere(directory.calls.lstat(directory.at(name)));
    if (stats?.ino !== before.ino || stats.mtimeNs !== before.mtimeNs || stats.size !== before.size) return;
    written.set(write.file.path, { real, stamp: stampOf(stats) });
  }

  async function swapOne(each: UndoItem): Promise<void> {
    const location = await locationOf(each.path, directories);
    const { calls, at } = location.directory;
    const path = at(location.name);
    if (each.action === 'remove') {
      await ifThere(calls.rename(path, at(basename(each.backup))));
    } else if (each.action === 'over') {
      const write = writes.get(each.path);
      if (!write) throw new Error('it was not staged');
      await writeOver(location, write.file.content.bytes, write.attributes);
    } else await calls.rename(at(basename(each.temporary)), path);
  }

  async function discard(): Promise<void> {
    await Promise.allSettled(flushes.splice(0));
    for (const path of touched) await remove(path, directories);
  }

  return { outputs: changes.map(({ output }) => output), written, stage, swap, discard };
}

const secretMark = ({ secret }: DesiredFile): { secret?: true } => (secret ? { secret: true } : {});
