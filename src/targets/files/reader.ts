import type { JournalReader } from '../../ports/journal.js';
import type { Clock } from '../../ports/runtime.js';
import type { TargetReader } from '../../ports/target.js';
import { createDisks, type Disks } from './calls.js';
import { createClaims, type Claims } from './claims.js';
import { createDesiredFiles, digestFiles, type DesiredFiles } from './desired.js';
import type { FileSpec } from './desired-file.js';
import { withDirectories } from './directories.js';
import { createIdentities } from './identity.js';
import { observeFiles } from './observe.js';
import { ownedPaths } from './owned.js';
import { previewFiles } from './preview.js';
import { createTempFiles } from './temp-files.js';

export interface FilesReaderDeps {
  readonly journal: JournalReader;
  /** Absolute path of the target's own directory below the stateDir. */
  readonly scratch: string;
  readonly clock: Clock;
  /** The contents of all files are secret. Default: only those of entries with `secret`. */
  readonly secret?: boolean | undefined;
  /** Default: calls that suit the file system of each directory. */
  readonly disks?: Disks | undefined;
}

/** The read-only part of a files target. */
export function createFilesReader(specs: readonly FileSpec[], deps: FilesReaderDeps): TargetReader<DesiredFiles> {
  const { journal, scratch, clock, secret = false, disks = createDisks() } = deps;
  const all = secret ? specs.map((spec) => ({ ...spec, secret })) : specs;
  const tempFiles = createTempFiles(scratch);
  const observing = { identities: createIdentities(), clock };
  const hasSecret = hasSecretOutput(specs, deps);
  return {
    desired: createDesiredFiles(all),
    outputs: ({ files }) =>
      files.map((file) => ({ output: file.path, text: file.content.toString(), secret: file.secret })),
    digest: digestFiles,
    preview: (desired, signal) =>
      withDirectories(disks, async (directories) => {
        const claims = createClaims(specs, { vouched: [], tempFiles, scratch, directories });
        const foreign = new Set(await foreignIn(journal.record.owned, claims));
        const owned = ownedPaths(journal.record.owned).filter((path) => !foreign.has(path));
        const observed = await observeFiles(desired, owned, directories, observing, signal);
        // The journal does not record the entry of a removed file. If any entry is secret, it may have been that one.
        return previewFiles(observed, directories, signal, (file) => file?.secret ?? hasSecret);
      }),
  };
}

/** Whether the contents of an output of the target are secret. */
export function hasSecretOutput(
  specs: readonly FileSpec[],
  { secret = false }: Pick<FilesReaderDeps, 'secret'>,
): boolean {
  return secret || specs.some((spec) => spec.secret === true);
}

/** The owned files that the config cannot produce. The journal is not trusted for them. */
export async function foreignIn(owned: readonly string[], claims: Claims): Promise<string[]> {
  const foreign: string[] = [];
  for (const path of ownedPaths(owned)) if (!(await claims.covers(path))) foreign.push(path);
  return foreign;
}
