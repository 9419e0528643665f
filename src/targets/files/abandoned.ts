import { dirname } from 'node:path';
import type { Originals } from '../../ports/journal.js';
import type { Directories } from './directories.js';
import { mostBytes, readRegular } from './read.js';
import type { UndoItem } from './undo.js';

/** The most files that a message names. */
const mostNamed = 20;

/** A file of an interrupted change that the present config cannot produce. */
export interface AbandonedItem {
  readonly item: UndoItem;
  /**
   * The backup is one of this target's own, in a directory that is swept: it will be gone. False: it stays where it is, or is not
   * trusted.
   */
  readonly isSwept: boolean;
}

/**
 * Describes the files of an interrupted change that are left as they are, because an earlier config produced them and the present one
 * does not. Before that, it keeps the old contents of those whose backups are swept.
 *
 * @param originals undefined: no old contents are kept
 * @returns undefined when there are no such files
 * @throws RollcallError `STATE_UNWRITABLE`; the error of the file system
 */
export async function describeAbandoned(
  items: readonly AbandonedItem[],
  directories: Directories,
  originals: Originals | undefined,
): Promise<string | undefined> {
  if (items.length === 0) return undefined;
  const named: string[] = [];
  for (const { item, isSwept } of items) {
    const copy = isSwept && originals ? await keepBackup(item, directories, originals) : undefined;
    const beside = isSwept || !('backup' in item) ? '' : ` (a backup of it may be in ${dirname(item.backup)})`;
    named.push(`${item.path}${copy === undefined ? beside : ` (its old contents are in ${copy})`}`);
  }
  const more = named.length > mostNamed ? `, and ${named.length - mostNamed} more` : '';
  return `an interrupted change leaves ${named.length} files as they are, new or old, because the config does not produce them: ${named.slice(0, mostNamed).join(', ')}${more}`;
}

/** Secret contents are never kept. Removed files are not kept either: the target made them, and their removal was wanted. */
async function keepBackup(item: UndoItem, directories: Directories, originals: Originals): Promise<string | undefined> {
  if (item.action === 'create' || item.action === 'remove' || item.secret) return undefined;
  const backup = await directories.find(item.backup);
  const contents = backup && (await readRegular(backup, mostBytes));
  return contents && (await originals.keep(item.path, contents)).copy;
}
