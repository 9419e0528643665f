import { dirname } from 'node:path';
import { compareText } from '../../model/order.js';
import type { Check } from '../../ports/check.js';
import type { Journal, Originals, Step } from '../../ports/journal.js';
import type { Log } from '../../ports/runtime.js';
import type { Target } from '../../ports/target.js';
import { createJudgeMemory } from '../judge.js';
import { forgetReason, withoutReasons } from '../secret-journal.js';
import { withoutWords } from '../secret-check.js';
import { createTransactions, type OnStep, type Transactions } from '../transaction.js';
import { describeAbandoned } from './abandoned.js';
import { createDisks } from './calls.js';
import { createFilesChangeSet, type FilesChangeSet } from './change-set.js';
import { createClaims, type Claims } from './claims.js';
import type { DesiredFiles } from './desired.js';
import type { FileSpec } from './desired-file.js';
import { adoptedOf, conflictsOf, diffFiles, type FileChange, type ObservedFiles } from './diff.js';
import { withDirectories, type Directories } from './directories.js';
import { createIdentities } from './identity.js';
import { observeFiles } from './observe.js';
import { changeOwned, ownedPaths } from './owned.js';
import { createFilesReader, foreignIn, hasSecretOutput, type FilesReaderDeps } from './reader.js';
import type { ServedSerials } from './served-serials.js';
import { createSightings } from './sightings.js';
import { createTempFiles } from './temp-files.js';
import { areUntouched } from './untouched.js';
import { createFilesUndo, type FilesUndo } from './undo.js';

export interface FilesTargetDeps extends FilesReaderDeps {
  readonly target: string;
  readonly journal: Journal;
  readonly log: Log;
  readonly check?: Check | undefined;
  /** Outputs that this process wrote for the target under an earlier config. Default: none. */
  readonly vouched?: readonly string[] | undefined;
  /** Default: the old contents of files that the target did not make are not kept. */
  readonly originals?: Originals | undefined;
  /** For zones. Default: the serial of a file continues from the file alone. */
  readonly serials?: ServedSerials | undefined;
  /** Called at every named step. For tests. */
  readonly onStep?: OnStep | undefined;
}

/** A target of files that change together. */
export function createFilesTarget(
  specs: readonly FileSpec[],
  deps: FilesTargetDeps,
): Target<DesiredFiles, ObservedFiles, FileChange> {
  const { target, scratch, log, clock, disks = createDisks(), vouched = [], originals, serials, onStep } = deps;
  const isSecret = hasSecretOutput(specs, deps);
  const journal = isSecret ? withoutReasons(deps.journal) : deps.journal;
  const check = isSecret && deps.check ? withoutWords(deps.check) : deps.check;
  const tempFiles = createTempFiles(scratch);
  const sightings = createSightings();
  const observing = { identities: createIdentities(), clock, sightings, serials };
  const memory = createJudgeMemory();
  const staging = {
    journal,
    tempFiles,
    scratch,
    showsStaged: check?.staged === true || check?.runIsolated !== undefined,
    onStep,
    originals: { originals, log },
  };
  /** Paths of the last observations at which there is a file of another maker. */
  const conflicts = new Set<string>();
  let reported = '';

  const transactionsIn = (directories: Directories): Transactions<FilesUndo> =>
    createTransactions(createFilesUndo(tempFiles, directories, onStep), { target, journal, check, memory, onStep });

  const claimsIn = (directories: Directories): Claims =>
    createClaims(specs, { vouched, tempFiles, scratch, directories });

  function reportConflicts(paths: readonly string[]): void {
    const now = paths.join('\n');
    if (now !== '' && now !== reported)
      log.warn(
        { conflicts: paths.slice(0, 20), count: paths.length },
        `${paths.length} files of services are not written, because there are already files with these paths that this target did not make: remove those files`,
      );
    reported = now;
  }

  function rememberWritten(changes: readonly FileChange[], written: FilesChangeSet['written']): void {
    for (const { real, write } of changes) {
      if (!write) {
        sightings.delete(sightings.pathAt(real) ?? '');
        continue;
      }
      const { path, content } = write.file;
      if (write.serial !== undefined) serials?.wrote(path, write.serial);
      const there = written.get(path);
      // The next look at all files reads it once more: a change right after the swap may not show in its stamp.
      if (there) sightings.set(path, { real: there.real, seen: { content, stamp: there.stamp, isSettled: false } });
      else sightings.set(path, { real });
    }
  }

  async function own(gone: readonly string[], added: readonly string[]): Promise<void> {
    if (gone.length === 0 && added.length === 0) return;
    await journal.advance({ owned: changeOwned(journal.record.owned, gone, added) });
  }

  async function disown(claims: Claims): Promise<void> {
    const foreign = await foreignIn(journal.record.owned, claims);
    if (foreign.length === 0) return;
    log.warn(
      { outputs: foreign.slice(0, 20), count: foreign.length },
      `${foreign.length} files are left as they are: the journal of ${target} lists them as its own, but its config does not produce them: ${foreign.slice(0, 5).join(', ')}`,
    );
    await own(foreign, []);
  }

  return {
    ...createFilesReader(specs, { ...deps, disks }),
    recover: () =>
      withDirectories(disks, async (directories) => {
        sightings.clear();
        const claims = claimsIn(directories);
        if (isSecret) await forgetReason(journal);
        await disown(claims);
        const before = journal.record.owned;
        const { step } = journal.record;
        let left: string | undefined;
        const recovered = await transactionsIn(directories).recover(async (undo) => {
          const { own: ownUndo, abandoned } = await claims.split(undo);
          // The old contents of secret outputs are kept only as long as the transaction runs.
          if (isInterrupted(step))
            left = await describeAbandoned(abandoned, directories, isSecret ? undefined : originals);
          return ownUndo;
        });
        if (left !== undefined) log.warn({}, left);
        const owned = ownedPaths([...before, ...journal.record.owned]);
        await tempFiles.sweep([scratch, ...owned.map((path) => dirname(path))], directories);
        return recovered;
      }),
    adopt: (outputs) =>
      withDirectories(disks, async (directories) => {
        // Without what is vouched for: another target makes that now.
        const claims = createClaims(specs, { vouched: [], tempFiles, scratch, directories });
        const foreign = new Set(await foreignIn(outputs, claims));
        const adopted = ownedPaths(outputs).filter((path) => !foreign.has(path));
        const known = new Set(journal.record.owned);
        await own(
          [],
          adopted.filter((path) => !known.has(path)),
        );
        return adopted;
      }),
    observe: (desired, signal, since) =>
      withDirectories(disks, async (directories) => {
        // If an earlier undo failed, it is tried again first.
        if (isInterrupted(journal.record.step)) await transactionsIn(directories).recover();
        const { owned } = journal.record;
        const { gone, ...observed } = await observeFiles(desired, owned, directories, observing, signal, since);
        await own(gone, adoptedOf(observed));
        if (!since) conflicts.clear();
        for (const { file } of observed.files.values()) conflicts.delete(file.path);
        for (const path of conflictsOf(observed)) conflicts.add(path);
        reportConflicts([...conflicts].sort(compareText));
        return observed;
      }),
    isUntouched: ({ files }) => !isInterrupted(journal.record.step) && areUntouched(files, { sightings, disks, clock }),
    diff: (_desired, observed) => diffFiles(observed),
    apply: (changes, context) =>
      withDirectories(disks, async (directories) => {
        const changeSet = createFilesChangeSet(changes, { ...staging, directories });
        const { caveats } = await transactionsIn(directories)
          .run(changeSet, context)
          .catch((error: unknown) => {
            sightings.clear();
            throw error;
          });
        rememberWritten(changes, changeSet.written);
        return { caveats: caveats.map((caveat) => directories.explain(caveat)) };
      }),
    judge: (changes, context) =>
      withDirectories(disks, (directories) =>
        transactionsIn(directories).judge(createFilesChangeSet(changes, { ...staging, directories }), context),
      ),
  };
}

const isInterrupted = (step: Step): boolean => step === 'staged' || step === 'swapped';
