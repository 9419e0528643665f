import { RollcallError } from '../../model/errors.js';
import { explainUnread } from '../../model/file-error.js';
import type { Difference, Preview } from '../../ports/output.js';
import { hideContents } from '../secret.js';
import { octal } from './attributes.js';
import { sideBySide } from './batch.js';
import { conflictsOf, diffFiles, type FileChange, type ObservedFiles } from './diff.js';
import type { Directories } from './directories.js';
import { mostBytes, readRegular } from './read.js';
import type { DesiredFile } from './desired-file.js';

/**
 * Finds the changes and reads the contents of the changed files. (`observe` reads only files that could be as desired.)
 *
 * @param isSecret whether the contents of a file must not be shown; called with undefined for a file that is removed
 * @throws RollcallError `OUTPUT_UNREADABLE` when a file cannot be read, or is longer than 64 MiB
 */
export async function previewFiles(
  observed: ObservedFiles,
  directories: Directories,
  signal: AbortSignal,
  isSecret: (file: DesiredFile | undefined) => boolean,
): Promise<Preview> {
  const changes = diffFiles(observed);
  const there = new Map<string, Buffer | undefined>();
  await sideBySide(changes, async ({ action, output, real }) => {
    signal.throwIfAborted();
    if (action !== 'create') there.set(output, await readPlain(real, directories));
  });
  return {
    differences: changes.map((change) => {
      const difference = describe(change, observed, there.get(change.output));
      return isSecret(change.write?.file) ? hideContents(difference) : difference;
    }),
    conflicts: conflictsOf(observed),
  };
}

/** Undefined when it is no regular file, or no longer exists. */
async function readPlain(real: string, directories: Directories): Promise<Buffer | undefined> {
  try {
    const location = await directories.find(real);
    return location && (await readRegular(location, mostBytes));
  } catch (error) {
    const hint =
      error instanceof RangeError ? { hint: 'Nothing was changed. Move it out of the way, or correct `path`.' } : {};
    throw new RollcallError('OUTPUT_UNREADABLE', `cannot read ${real}: ${explainUnread(error)}`, {
      cause: error,
      ...hint,
    });
  }
}

function describe(change: FileChange, observed: ObservedFiles, there: Buffer | undefined): Difference {
  const { action, output, real, write } = change;
  const before = there?.toString();
  const after = write?.file.content.toString();
  const notes = [...(real === output ? [] : [`written to ${real}`]), ...notesOf(change, observed)];
  if (action === 'update' && there === undefined) notes.push('there is something that is no regular file');
  if (before !== undefined && before === after && write?.file.content.bytes.equals(there ?? Buffer.of()) === false)
    notes.push('the old contents are not UTF-8');
  return { action, output, form: 'lines', before, after, notes };
}

/** The new mode of a new file, or the changes of mode, owner and group. */
function notesOf({ action, write, output }: FileChange, { files }: ObservedFiles): string[] {
  if (!write) return [];
  const { mode, uid, gid } = write.attributes;
  const found = action === 'update' ? files.get(output)?.found : undefined;
  if (!found || found.uid < 0) return [`mode ${octal(mode)}`];
  const notes = found.mode === mode ? [] : [`mode ${octal(found.mode)} -> ${octal(mode)}`];
  if (uid !== undefined && uid !== found.uid) notes.push(`owner ${found.uid} -> ${uid}`);
  if (gid !== undefined && gid !== found.gid) notes.push(`group ${found.gid} -> ${gid}`);
  return notes;
}
