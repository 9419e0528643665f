import { dirname } from 'node:path';
import { compareText } from '../../model/order.js';
import type { Check, Clock, Journal, Log, Target } from '../../ports.js';
import { createTransactions, type OnStep, type Transactions } from '../transaction.js';
import { createDisks, type Disks } from './calls.js';
import { createClaims, type Claims } from './claims.js';
import { adoptedOf, conflictsOf, diffFiles, type FileChange, type ObservedFiles } from './diff.js';
import { createFilesChangeSet } from './change-set.js';
import { createIdentities } from './identity.js';
import { observeFiles } from './observe.js';
import { withPlaces, type Places } from './places.js';
import { previewFiles } from './preview.js';
import { createTempFiles } from './temp-files.js';
import { createFilesUndo, type FilesUndo } from './undo.js';
import { digestFiles, desiredFiles, type FileSpec, type DesiredFiles } from './desired.js';

export interface FilesTargetDeps {
  readonly target: string;
  readonly journal: Journal;
  /** Absolute path of a directory below the stateDir that is this target's own. Made when it is needed. */
  readonly scratch: string;
  readonly log: Log;
  readonly clock: Clock;
  readonly check?: Check | undefined;
  /** Outputs that this process itself knows to be the target's, from an earlier config. Default: none. */
  readonly vouched?: readonly string[] | undefined;
  /** Default: as the directories' file systems want it. */
  readonly disks?: Disks | undefined;
  /** Told of every named step; absent outside tests. */
  readonly onStep?: OnStep | undefined;
}

/** Files of one consumer, changed together. */
export function createFilesTarget(
  parts: readonly FileSpec[],
  deps: FilesTargetDeps,
): Target<DesiredFiles, ObservedFiles, FileChange> {
  const { target, journal, scratch, log, clock, check, disks = createDisks(), vouched = [], onStep } = deps;
  const strays = createTempFiles(scratch);
  const looking = { identities: createIdentities(), clock };
  const showsStaged = check?.staged === true;
  let told = '';

  const transactionsIn = (places: Places): Transactions<FilesUndo> =>
    createTransactions(createFilesUndo(strays, places, onStep), { target, journal, check, onStep });

  const claimsIn = (places: Places): Claims => createClaims(parts, { vouched, strays, scratch, places });

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

  /** A journal is believed only as far as the config can have made what it names. */
  async function disown(claims: Claims): Promise<void> {
    const foreign = await foreignIn(journal.record.owned, claims);
    if (foreign.length === 0) return;
    log.warn(
      { outputs: foreign.slice(0, 20), count: foreign.length },
      `${foreign.length} files that the journal of ${target} names as its own are left as they are, because its config does not make them: ${foreign.slice(0, 5).join(', ')}`,
    );
    await own(foreign, []);
  }

  return {
    recover: () =>
      withPlaces(disks, async (places) => {
        const claims = claimsIn(places);
        await disown(claims);
        const before = journal.record.owned;
        const recovered = await transactionsIn(places).recover((undo) => claims.misfitOf(undo));
        const owned = [...before, ...journal.record.owned].filter((path) => path.startsWith('/'));
        await strays.sweep([scratch, ...owned.map((path) => dirname(path))], places);
        return recovered;
      }),
    desired: (view) => desiredFiles(parts, view),
    outputs: ({ files }) => files.map(({ path, content }) => ({ output: path, text: content.toString() })),
    digest: digestFiles,
    observe: (want, signal) =>
      withPlaces(disks, async (places) => {
        // An undoing that failed is taken up again before anything else.
        if (['staged', 'swapped'].includes(journal.record.step)) await transactionsIn(places).recover();
        const { gone, ...seen } = await observeFiles(want, journal.record.owned, places, looking, signal);
        await own(gone, adoptedOf(want, seen));
        tell(conflictsOf(want, seen));
        return seen;
      }),
    diff: diffFiles,
    preview: (want, signal) =>
      withPlaces(disks, async (places) => {
        const foreign = new Set(await foreignIn(journal.record.owned, claimsIn(places)));
        const owned = journal.record.owned.filter((path) => !foreign.has(path));
        return previewFiles(want, await observeFiles(want, owned, places, looking, signal), places, signal);
      }),
    apply: (changes, context) =>
      withPlaces(disks, async (places) => {
        const draft = createFilesChangeSet(changes, { journal, strays, places, scratch, showsStaged, onStep });
        const { caveats } = await transactionsIn(places).run(draft, context);
        return { caveats: caveats.map((caveat) => places.explain(caveat)) };
      }),
  };
}

async function foreignIn(owned: readonly string[], claims: Claims): Promise<string[]> {
  const foreign: string[] = [];
  // Another kind's entries are none of this kind's business.
  for (const path of owned) if (path.startsWith('/') && !(await claims.covers(path))) foreign.push(path);
  return foreign;
}
