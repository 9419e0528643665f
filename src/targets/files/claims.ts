import { basename, dirname, join } from 'node:path';
import type { AbandonedItem } from './abandoned.js';
import type { Directories } from './directories.js';
import type { TempFiles } from './temp-files.js';
import type { FilesUndo, UndoItem } from './undo.js';
import type { FileSpec } from './desired-file.js';

/** The paths that a target's config can produce. A path in a journal that is not among them is not trusted. */
export interface Claims {
  covers(path: string): Promise<boolean>;
  /** Separates the undo data of a journal into what the config can produce and what is not trusted. */
  split(undo: FilesUndo): Promise<SplitUndo>;
}

export interface SplitUndo {
  /** All of its paths are the target's own. */
  readonly own: FilesUndo;
  readonly abandoned: readonly AbandonedItem[];
}

export interface ClaimsDeps {
  /** Outputs that this process wrote for the target under an earlier config. */
  readonly vouched: readonly string[];
  readonly tempFiles: TempFiles;
  readonly scratch: string;
  readonly directories: Directories;
}

/** The files of a fan-out: the names with this start and end in one directory. */
interface Range {
  readonly directory: string;
  readonly start: string;
  readonly end: string;
}

/**
 * Covers the plain paths, the files that their links lead to now, and the files that a fan-out's pattern can produce in its
 * directory. Links are followed only by the rules of src/filesystem.
 */
export function createClaims(
  specs: readonly FileSpec[],
  { vouched, tempFiles, scratch, directories }: ClaimsDeps,
): Claims {
  const literal = new Set([...vouched, ...specs.flatMap(({ path, fanOut }) => (fanOut ? [] : [path]))]);
  const ranges = specs.flatMap((spec) => rangeOf(spec) ?? []);
  let led: Promise<{ readonly paths: ReadonlySet<string>; readonly ranges: readonly Range[] }> | undefined;

  async function lead(): Promise<Awaited<NonNullable<typeof led>>> {
    const paths = new Set<string>();
    for (const { path, fanOut } of specs) {
      if (fanOut) continue;
      const location = await directories.follow(path).catch(() => undefined);
      if (location) paths.add(join(location.directory.real, location.name));
    }
    const resolved: Range[] = [];
    for (const range of ranges) {
      const directory = await directories.open(range.directory).catch(() => undefined);
      if (directory) resolved.push({ ...range, directory: directory.real });
    }
    return { paths, ranges: resolved };
  }

  async function covers(path: string): Promise<boolean> {
    if (literal.has(path) || ranges.some((range) => isIn(range, path))) return true;
    // The links are resolved only for a path that the config does not name itself.
    led ??= lead();
    const { paths, ranges: resolved } = await led;
    return paths.has(path) || resolved.some((range) => isIn(range, path));
  }

  async function isDirectoryOfOurs(directory: string): Promise<boolean> {
    if (directory === scratch) return true;
    if ([...literal].some((path) => dirname(path) === directory)) return true;
    if (ranges.some((range) => range.directory === directory)) return true;
    led ??= lead();
    const { paths, ranges: resolved } = await led;
    return (
      [...paths].some((path) => dirname(path) === directory) || resolved.some((range) => range.directory === directory)
    );
  }

  return {
    covers,
    async split({ items, sweep, ...undo }) {
      const own: UndoItem[] = [];
      const abandoned: AbandonedItem[] = [];
      for (const item of items) {
        const directory = item.action === 'over' ? scratch : dirname(item.path);
        const areTempFiles = besides(item).every((path) => tempFiles.isTempFile(path, directory));
        if (areTempFiles && (await covers(item.path))) own.push(item);
        else abandoned.push({ item, isSwept: areTempFiles && (await isDirectoryOfOurs(directory)) });
      }
      const swept: string[] = [];
      for (const directory of sweep) if (await isDirectoryOfOurs(directory)) swept.push(directory);
      return { own: { ...undo, items: own, sweep: swept }, abandoned };
    },
  };
}

function besides(item: UndoItem): string[] {
  const temporary = 'temporary' in item && item.temporary !== null ? [item.temporary] : [];
  return 'backup' in item ? [...temporary, item.backup] : temporary;
}

/** A path from a pattern begins and ends as the pattern does, except for white space that a `~` removes. */
function rangeOf({ path, fanOut }: FileSpec): Range | undefined {
  if (!fanOut) return undefined;
  const name = path.slice(fanOut.directory.length + 1);
  const [first, after] = [name.indexOf('{{'), name.lastIndexOf('}}')];
  // After a backslash, a mustache is text.
  if (first < 0 || name.includes('\\')) return { directory: fanOut.directory, start: '', end: '' };
  return {
    directory: fanOut.directory,
    start: name.slice(0, first).trimEnd(),
    end: name.slice(after + 2).trimStart(),
  };
}

function isIn({ directory, start, end }: Range, path: string): boolean {
  const name = basename(path);
  if (path !== `${directory}/${name}` || ['', '.', '..'].includes(name) || name.startsWith('.rollcall-')) return false;
  return name.length >= start.length + end.length && name.startsWith(start) && name.endsWith(end);
}
