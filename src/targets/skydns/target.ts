import type { Check } from '../../ports/check.js';
import type { Journal } from '../../ports/journal.js';
import type { Log } from '../../ports/runtime.js';
import type { Target } from '../../ports/target.js';
import { forgetReason, withoutReasons } from '../secret-journal.js';
import { withoutWords } from '../secret-check.js';
import { createTransactions, type ChangeSet, type OnStep } from '../transaction.js';
import type { DesiredRecords, RecordOptions } from './desired.js';
import { conflictsOf, diffSkydns, type ObservedRecords, type RecordChange } from './diff.js';
import { createRecordLease } from './lease.js';
import { readRecords } from './observe.js';
import { addOwned, entryOf, ownedDirectories, removeOwned } from './owned.js';
import { createSkydnsReader, formerHomes, homeOf, type SkydnsReaderDeps } from './reader.js';
import { createSkydnsUndo, type SkydnsUndo } from './undo.js';
import { operationsPerTransaction, writeRecords } from './write.js';

export interface SkydnsTargetDeps extends SkydnsReaderDeps {
  readonly target: string;
  readonly journal: Journal;
  readonly log: Log;
  readonly check?: Check | undefined;
  /** Called at every named step. For tests. */
  readonly onStep?: OnStep | undefined;
}

/**
 * A target of keys for CoreDNS's etcd plugin. The owner in a value says whether a key is the target's own. So `adopt` takes over
 * only the directory that the config of this target names: a renamed target finds its keys there. Keys below another domain
 * stay, like those of a target that was removed from the config.
 */
export function createSkydnsTarget(
  options: RecordOptions,
  deps: SkydnsTargetDeps,
): Target<DesiredRecords, ObservedRecords, RecordChange> {
  const { target, etcd, log, onStep, secret = false } = deps;
  const journal = secret ? withoutReasons(deps.journal) : deps.journal;
  const check = secret && deps.check ? withoutWords(deps.check) : deps.check;
  const home = homeOf(options);
  const lease = createRecordLease(etcd, options.lease);
  const transactions = createTransactions(createSkydnsUndo(etcd, options.owner, lease.renewOwn, onStep), {
    target,
    journal,
    check,
    onStep,
  });
  let reported = '';

  async function ownHome(): Promise<void> {
    if (!ownedDirectories(journal.record.owned).includes(home))
      await journal.advance({ owned: addOwned(journal.record.owned, [home]) });
  }

  function createChangeSet(changes: readonly RecordChange[]): ChangeSet<SkydnsUndo> {
    const directories = [home, ...formerHomes(journal, home)];
    // Additions first: with several transactions, a reader sees too many instances for a moment, not too few.
    const ordered = [...changes].sort((a, b) => Number(a.after === null) - Number(b.after === null));
    const transactionCount = Math.ceil(ordered.length / operationsPerTransaction);
    return {
      outputs: changes.map(({ output }) => output),
      async stage() {
        // In the journal before the first write, so that a later config finds the keys of a killed process.
        await ownHome();
        return {
          undo: {
            kind: 'skydns',
            directories,
            items: ordered.map(({ output: key, before, after }) => ({ key, before, after })),
          },
          caveats:
            transactionCount > 1
              ? [
                  `${ordered.length} keys took ${transactionCount} transactions: a reader may have seen some before others`,
                ]
              : [],
        };
      },
      discard: () => Promise.resolve(),
      swap: () =>
        writeRecords(
          etcd,
          ordered.map(({ output: key, after: value, modRevision }) => ({ key, value, modRevision })),
          lease.current(),
          (batch) => onStep?.(`swap:${batch}`),
        ),
    };
  }

  function reportConflicts(conflicts: readonly string[]): void {
    const now = conflicts.join('\n');
    if (now !== '' && now !== reported)
      log.warn(
        { conflicts: conflicts.slice(0, 20), count: conflicts.length },
        `${conflicts.length} keys are left as they are, because their values do not have the owner ${options.owner}`,
      );
    reported = now;
  }

  return {
    ...createSkydnsReader(options, deps),
    async recover() {
      if (secret) await forgetReason(journal);
      return transactions.recover();
    },
    async adopt(outputs) {
      if (!outputs.includes(entryOf(home))) return [];
      await ownHome();
      return [entryOf(home)];
    },
    async observe(desired, signal) {
      // If an earlier undo failed, it is tried again first.
      if (['staged', 'swapped'].includes(journal.record.step)) await transactions.recover();
      const former = formerHomes(journal, home);
      const records = await readRecords(etcd, [home, ...former], options.owner, signal);
      const left = former.filter(
        (directory) => ![...records].some(([key, { ours }]) => ours && key.startsWith(directory)),
      );
      if (left.length > 0) await journal.advance({ owned: removeOwned(journal.record.owned, left) });
      const observed = { records, lease: await lease.renew(records, signal) };
      reportConflicts(conflictsOf(desired, observed));
      return observed;
    },
    diff: diffSkydns,
    apply: (changes, context) => transactions.run(createChangeSet(changes), context),
  };
}
