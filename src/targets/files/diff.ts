import { compareText } from '../../model/order.js';
import type { Change } from '../../ports/output.js';
import {
  hasAttributes,
  planAttributes,
  type FoundAttributes,
  type PlannedAttributes,
  type PresentAttributes,
} from './attributes.js';
import { isSameZone, numberZone } from './serial.js';
import { Content } from './content.js';
import type { DesiredFile } from './desired-file.js';

/** The file at a desired path. */
export interface FoundFile extends FoundAttributes {
  /** Undefined when it cannot be the desired content: it has another size, is a symlink in a fan-out, or is not readable. */
  readonly content: Content | undefined;
}

export interface ObservedFile extends PresentAttributes {
  /** The desired file at this path. */
  readonly file: DesiredFile;
  /** The path with all symlinks resolved: the bytes are or will be there. */
  readonly real: string;
  readonly found: FoundFile | undefined;
  /** According to the journal, this target made the file. */
  readonly ours: boolean;
  /** For a zone: the serial that the next one must be after, beside the serial of `found`. */
  readonly servedSerial?: number | undefined;
}

export interface ObservedFiles {
  /** By desired path. Desired files that are not here are in step. */
  readonly files: ReadonlyMap<string, ObservedFile>;
  /** Real paths of files that this target made and that are no longer desired. */
  readonly orphans: readonly string[];
  /** Time of the observation in seconds since the epoch, for the serials of zones. */
  readonly at: number;
}

/** The change of one file. */
export interface FileChange extends Change {
  /** The path with all symlinks resolved. */
  readonly real: string;
  /** Absent in a delete. */
  readonly write?: {
    readonly file: DesiredFile;
    readonly attributes: PlannedAttributes;
    /** Replaces a file that this target did not make. */
    readonly foreign: boolean;
    /** The serial of a zone. */
    readonly serial?: number | undefined;
  };
}

/** Sorted by output. A file with equal bytes, mode and owner is no change; a file of `conflictsOf` is not changed either. */
export function diffFiles(observed: ObservedFiles): readonly FileChange[] {
  const changes: FileChange[] = observed.orphans.map((real) => ({ action: 'delete', output: real, bytes: 0, real }));
  for (const there of observed.files.values()) {
    const plain = there.file;
    if (isInStep(there) || isForeign(there)) continue;
    const { real, found, ours } = there;
    const numbered = numberFile(plain, there, observed.at);
    const { file } = numbered;
    const foreign = found !== undefined && !ours;
    const write = { ...numbered, attributes: planAttributes(plain, there), foreign };
    changes.push({ action: found ? 'update' : 'create', output: file.path, bytes: file.content.length, real, write });
  }
  return changes.sort((a, b) => compareText(a.output, b.output));
}

/**
 * Desired paths of a fan-out where there is a file that this target did not make. A registrant chooses the name of a service. This
 * name must not select a file that rollcall overwrites and later removes. The operator chose the plain paths.
 */
export function conflictsOf({ files }: ObservedFiles): readonly string[] {
  return [...files.values()].flatMap((there) => (isForeign(there) && !isInStep(there) ? [there.file.path] : []));
}

/** Real paths of a fan-out's files that are as desired, but not in the journal, for example because it was lost. */
export function adoptedOf({ files }: ObservedFiles): readonly string[] {
  return [...files.values()].flatMap((there) => (isForeign(there) && isInStep(there) ? [there.real] : []));
}

function isForeign({ file: { fanOut }, found, ours }: ObservedFile): boolean {
  return fanOut && found !== undefined && !ours;
}

/** The file with its next serial. */
function numberFile(
  file: DesiredFile,
  { found, servedSerial }: ObservedFile,
  at: number,
): { readonly file: DesiredFile; readonly serial?: number | undefined } {
  if (!file.serial) return { file };
  const { bytes, serial } = numberZone(file.content.bytes, found?.content?.bytes, servedSerial, at);
  return { file: { ...file, content: Content.ofBytes(bytes) }, serial };
}

/** Whether nothing has to be written. */
export function isInStep(observed: ObservedFile): boolean {
  const { file, found } = observed;
  return found?.content !== undefined && hasContent(file, found.content) && hasAttributes(file, observed);
}

/** The desired files that would be written although others can read them and their contents are secret. */
export function exposedOf({ files }: ObservedFiles): readonly DesiredFile[] {
  return [...files.values()].flatMap((there) => {
    const { file } = there;
    return file.secret && !isForeign(there) && planAttributes(file, there).exposed ? [file] : [];
  });
}

/** Compares contents; a difference in the serial alone does not count. */
function hasContent({ content, serial }: DesiredFile, found: Content): boolean {
  if (content.equals(found)) return true;
  if (!serial) return false;
  // All bytes in one buffer cost a copy of the file: only a zone, which has its serial in the middle, needs them.
  return isSameZone(content.bytes, found.bytes);
}
