import type { Check, Journal, Log, Target } from '../../ports.js';
import { compareText } from '../../model/order.js';
import { createTransactions, type ChangeSet, type OnStep } from '../transaction.js';
import { conflictsOf, diffSkydns, type RecordChange, type ObservedRecords } from './diff.js';
import { keyOfName } from './name.js';
import { readRecords, type RecordStore } from './observe.js';
import { previewSkydns } from './preview.js';
import { createSkydnsUndo, mark, type SkydnsUndo } from './undo.js';
import { digestSkydns, desiredRecords, type Naming, type DesiredRecords } from './desired.js';
import { operationsPerTransaction, writeRecords } from './write.js';

export interface SkydnsTargetDeps {
  readonly target: string;
  readonly journal: Journal;
  /** The etcd that CoreDNS reads. */
  readonly etcd: RecordStore;
  readonly log: Log;
  readonly check?: Check | undefined;
  /** Told of every named step; absent outside tests. */
  readonly onStep?: OnStep | undefined;
}

/** Keys of CoreDNS's etcd plugin. */
export function createSkydnsTarget(
  naming: Naming,
  deps: SkydnsTargetDeps,
): Target<DesiredRecords, ObservedRecords, RecordChange> {
  const { target, journal, etcd, log, check, onStep } = deps;
  const home = `${keyOfName(naming.prefix, naming.domain)}/`;
  const transactions = createTransactions(createSkydnsUndo(etcd, naming.owner, onStep), {
    target,
    journal,
    check,
    onStep,
  });
  let told = '';

  /** Directories that an earlier configuration wrote to. */
  const formerHomes = (): string[] =>
    journal.record.owned
      .filter((entry) => entry.startsWith(mark))
      .map((entry) => entry.slice(mark.length))
      .filter((directory) => directory !== home);

  function draft(changes: readonly RecordChange[]): ChangeSet<SkydnsUndo> {
    const directories = [home, ...formerHomes()];
    // Additions first: when it takes more than one transaction, a reader should rather see too many than too few.
    const ordered = [...changes].sort((a, b) => Number(a.after === null) - Number(b.after === null));
    const transactionCount = Math.ceil(ordered.length / operationsPerTransaction);
    return {
      outputs: changes.map(({ output }) => output),
      async stage() {
        // Known before anything is there, so that a later configuration finds what a killed process wrote.
        if (!journal.record.owned.includes(`${mark}${home}`))
          await journal.advance({ owned: [...journal.record.owned, `${mark}${home}`].sort(compareText) });
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
          (batch) => onStep?.(`swap:${batch}`),
        ),
    };
  }

  function tell(conflicts: readonly string[]): void {
    const now = conflicts.join('\n');
    if (now !== '' && now !== told)
      log.warn(
        { conflicts: conflicts.slice(0, 20), count: conflicts.length },
        `${conflicts.length} keys are left alone: they do not bear the owner ${naming.owner}`,
      );
    told = now;
  }

  return {
    recover: () => transactions.recover(),
    desired: (view) => desiredRecords(naming, view),
    outputs: ({ records }) => [...records].map(([output, text]) => ({ output, text })),
    digest: digestSkydns,
    async observe(want, signal) {
      // An undoing that failed is taken up again before anything else.
      if (['staged', 'swapped'].includes(journal.record.step)) await transactions.recover();
      const former = formerHomes();
      const records = await readRecords(etcd, [home, ...former], naming.owner, signal);
      const left = former.filter(
        (directory) => ![...records].some(([key, { ours }]) => ours && key.startsWith(directory)),
      );
      if (left.length > 0) {
        const gone = new Set(left.map((directory) => `${mark}${directory}`));
        await journal.advance({ owned: journal.record.owned.filter((entry) => !gone.has(entry)) });
      }
      const seen = { records };
      tell(conflictsOf(want, seen));
      return seen;
    },
    diff: diffSkydns,
    async preview(want, signal) {
      const records = await readRecords(etcd, [home, ...formerHomes()], naming.owner, signal);
      return previewSkydns(want, { records });
    },
    apply: (changes, context) => transactions.run(draft(changes), context),
  };
}
