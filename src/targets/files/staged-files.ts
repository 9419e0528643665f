import { dirname } from 'node:path';
import type { PlacedFile, StagedFiles } from '../../ports/check.js';
import type { UndoItem } from './undo.js';

/** The files of a staged change, as an isolated check is to see them. */
export function stagedFiles(items: readonly UndoItem[]): StagedFiles {
  const directories = [...new Set(items.map(({ path }) => dirname(path)))];
  return { next: items.flatMap(nextOf), present: items.flatMap(presentOf), directories };
}

function nextOf(item: UndoItem): PlacedFile[] {
  const { action, path: output } = item;
  if (action === 'remove') return [{ output, content: null, isNew: false }];
  return item.temporary === null ? [] : [{ output, content: item.temporary, isNew: action === 'create' }];
}

function presentOf(item: UndoItem): PlacedFile[] {
  const isKept = item.action === 'replace' || item.action === 'over';
  return isKept ? [{ output: item.path, content: item.backup, isNew: false }] : [];
}
