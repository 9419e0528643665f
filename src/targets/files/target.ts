import { dirname } from 'node:path';
import { compareText } from '../../model/order.js';
import type { Check, Clock, Journal, Log, Target } from '../../ports.js';
import { createTransactions, type OnStep } from '../transaction.js';
import { adoptedOf, conflictsOf, diffFiles, type FileChange, type FilesSeen } from './diff.js';
import { draftFiles } from './draft.js';
import { createDisks, type Disks } from './calls.js';
import { createIdentities } from './identity.js';
import { observeFiles } from './observe.js';
import { previewFiles } from './preview.js';
import { nameStrays } from './strays.js';
import { createFilesUndo } from './undo.js';
import { digestFiles, wantFiles, type FilePart, type FilesWant } from './want.js';

export interface FilesTargetDeps {
  readonly target: string;
  readonly journal: Journal;
  /** Absolute path of a directory below the stateDir that is this target's own. Made when it is needed. */
  readonly scratch: string;
  readonly log: Log;
  readonly clock: Clock;
  readonly check?: Check | undefined;
  /** Default: as the directories' file systems want it. */
  readonly disks?: Disks | undefined;
  /** Told of every named step; absent outside tests. */
  readonly onStep?: OnStep | undefined;
}

/** Files of one consumer, changed together. */
export function createFilesTarget(
  parts: readonly FilePart[],
  deps: FilesTargetDeps,
): Target<FilesWant, FilesSeen, FileChange> {
  const { target, journal, scratch, log, clock, check, disks = createDisks(), onStep } = deps;
  const strays = nameStrays(scratch);
  const looking = { disks, identities: createIdentities(), clock };
  const transactions = createTransactions(createFilesUndo(strays, disks, onStep), { target, journal, check, onStep });
  const showsStaged = check?.staged === true;
  let told = '';

  function tell(conflicts: readonly string[]): void {
    const now = conflicts.join('\n');
    if (now !== '' && now !== told)
      log.warn(
        { conflicts: conflicts.slice(0, 20), count: conflicts.length },
        `${conflicts.length} files of services are not written: somebody else's are in their place; remove those to let them in`,
      );
    told = now;
  }

  async function own(gone: readonly string[], adopted: readonly string[]): Promise<void> {
    if (gone.length === 0 && adopted.length === 0) return;
    const owned = new Set([...journal.record.owned, ...adopted]);
    for (const path of gone) owned.delete(path);
    await journal.advance({ owned: [...owned].sort(compareText) });
  }

  return {
    async recover() {
      const before = journal.record.owned;
      const recovered = await transactions.settle();
      const owned = [...before, ...journal.record.owned].filter((path) => path.startsWith('/'));
      await strays.sweep([scratch, ...owned.map((path) => dirname(path))]);
      return recovered;
    },
    want: (view) => wantFiles(parts, view),
    outputs: ({ files }) => files.map(({ path, content }) => ({ output: path, text: content.toString() })),
    digest: digestFiles,
    async observe(want, signal) {
      // An undoing that failed is taken up again before anything else.
      if (['staged', 'swapped'].includes(journal.record.step)) await transactions.settle();
      const { gone, ...seen } = await observeFiles(want, journal.record.owned, looking, signal);
      await own(gone, adoptedOf(want, seen));
      tell(conflictsOf(want, seen));
      return seen;
    },
    diff: diffFiles,
    async preview(want, signal) {
      return previewFiles(want, await observeFiles(want, journal.record.owned, looking, signal), signal);
    },
    apply: (changes, context) =>
      transactions.run(draftFiles(changes, { journal, strays, disks, scratch, showsStaged, onStep }), context),
  };
}
