import { compareText } from '../../model/order.js';
import type { Change } from '../../ports.js';
import { numberContent } from './serial.js';
import type { DesiredFiles, DesiredFile } from './desired.js';

/** What is there at a desired path. */
export interface FoundFile {
  /** Undefined when it cannot be the desired content: another size, a symlink in a fan-out, not readable. */
  readonly content: Buffer | undefined;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

export interface ObservedFile {
  /** Where the bytes are or will be: every symlink on the way resolved. */
  readonly real: string;
  /** The desired owner, as ids; undefined where the config is silent. */
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  readonly found: FoundFile | undefined;
  /** The journal has it as made by this target. */
  readonly ours: boolean;
}

export interface ObservedFiles {
  /** By desired path. */
  readonly files: ReadonlyMap<string, ObservedFile>;
  /** Real paths of files that we made and that are no longer desired. */
  readonly orphans: readonly string[];
  /** When this was observed, in seconds since the epoch: for the serials of zones. */
  readonly at: number;
}

export interface FileChange extends Change {
  /** Where the bytes are or will be. */
  readonly real: string;
  /** Absent in a delete. */
  readonly write?: { readonly file: DesiredFile; readonly uid: number | undefined; readonly gid: number | undefined };
}

/** Sorted by output. Equal bytes, mode and owner are no change, and so is what `conflictsOf` names. */
export function diffFiles({ files }: DesiredFiles, observed: ObservedFiles): readonly FileChange[] {
  const changes: FileChange[] = observed.orphans.map((real) => ({ action: 'delete', output: real, bytes: 0, real }));
  for (const plain of files) {
    const there = observed.files.get(plain.path);
    if (!there || isInStep(plain, there) || isForeign(plain, there)) continue;
    const file = numberFile(plain, there, observed.at);
    const { real, uid, gid, found } = there;
    const write = { file, uid, gid };
    changes.push({ action: found ? 'update' : 'create', output: file.path, bytes: file.content.length, real, write });
  }
  return changes.sort((a, b) => compareText(a.output, b.output));
}

/**
 * Desired paths of a fan-out whose place holds a file that this target did not make. Any client that may register chooses a service's
 * name: the name must not choose which file is overwritten, and removed later. A plain path was named by the operator.
 */
export function conflictsOf({ files }: DesiredFiles, observed: ObservedFiles): readonly string[] {
  return files.flatMap((file) => {
    const there = observed.files.get(file.path);
    return there && !isInStep(file, there) && isForeign(file, there) ? [file.path] : [];
  });
}

/** Real paths of a fan-out's files that are as desired, made by a process whose journal is not at hand. */
export function adoptedOf({ files }: DesiredFiles, observed: ObservedFiles): readonly string[] {
  return files.flatMap((file) => {
    const there = observed.files.get(file.path);
    return there && isInStep(file, there) && isForeign(file, there) ? [there.real] : [];
  });
}

function isForeign({ fanOut }: DesiredFile, { found, ours }: ObservedFile): boolean {
  return fanOut && found !== undefined && !ours;
}

/** With the serial that it is to have now. */
function numberFile(file: DesiredFile, { found }: ObservedFile, at: number): DesiredFile {
  return file.serial ? { ...file, content: numberContent(file.content, found?.content, at) } : file;
}

function isInStep(file: DesiredFile, { uid, gid, found }: ObservedFile): boolean {
  if (found?.content === undefined || found.mode !== file.mode || !hasContent(file, found.content)) return false;
  return (uid ?? found.uid) === found.uid && (gid ?? found.gid) === found.gid;
}

/** The serial of a zone is none of its substance. */
function hasContent({ content, serial }: DesiredFile, found: Buffer): boolean {
  return content.equals(found) || (serial && numberContent(content, found, 0) === found);
}
