import type { Clock, JournalReader, TargetReader } from '../../ports.js';
import { createDisks, type Disks } from './calls.js';
import { createClaims, type Claims } from './claims.js';
import { digestFiles, desiredFiles, type DesiredFiles, type FileSpec } from './desired.js';
import { withDirectories } from './directories.js';
import { createIdentities } from './identity.js';
import { observeFiles } from './observe.js';
import { ownedPaths } from './owned.js';
import { previewFiles } from './preview.js';
import { createTempFiles } from './temp-files.js';

export interface FilesReaderDeps {
  readonly journal: JournalReader;
  /** Absolute path of a directory below the stateDir that is this target's own. */
  readonly scratch: string;
  readonly clock: Clock;
  /** Contents of all files are secret. Default: of those alone whose entry says so. */
  readonly secret?: boolean | undefined;
  /** Default: as the directories' file systems want it. */
  readonly disks?: Disks | undefined;
}

/** The half of a files target that writes nothing. */
export function createFilesReader(specs: readonly FileSpec[], deps: FilesReaderDeps): TargetReader<DesiredFiles> {
  const { journal, scratch, clock, secret = false, disks = createDisks() } = deps;
  const tempFiles = createTempFiles(scratch);
  const observing = { identities: createIdentities(), clock };
  const hasSecret = secret || specs.some((spec) => spec.secret === true);
  return {
    desired: (view) => desiredFiles(specs, view),
    outputs: ({ files }) =>
      files.map((file) => ({ output: file.path, text: file.content.toString(), secret: secret || file.secret })),
    digest: digestFiles,
    preview: (desired, signal) =>
      withDirectories(disks, async (directories) => {
        const claims = createClaims(specs, { vouched: [], tempFiles, scratch, directories });
        const foreign = new Set(await foreignIn(journal.record.owned, claims));
        const owned = ownedPaths(journal.record.owned).filter((path) => !foreign.has(path));
        const observed = await observeFiles(desired, owned, directories, observing, signal);
        // Which entry a removed file was made by is not recorded: with any secret entry, it may have been that one.
        return previewFiles(desired, observed, directories, signal, (file) => secret || (file?.secret ?? hasSecret));
      }),
  };
}

/** The owned files that the config does not make: a journal is believed only as far as the config can have made what it names. */
export async function foreignIn(owned: readonly string[], claims: Claims): Promise<string[]> {
  const foreign: string[] = [];
  for (const path of ownedPaths(owned)) if (!(await claims.covers(path))) foreign.push(path);
  return foreign;
}
