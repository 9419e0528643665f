import type { Check } from '../../ports/check.js';
import type { Journal } from '../../ports/journal.js';
import type { Log } from '../../ports/runtime.js';
import type { Target } from '../../ports/target.js';
import { withoutWords } from '../secret-check.js';
import { forgetReason, withoutReasons } from '../secret-journal.js';
import { createTransactions, type ChangeSet, type OnStep } from '../transaction.js';
import type { DesiredName, DesiredRecords } from './desired.js';
import { diffNames, type RecordChange } from './diff.js';
import { planUpdates, type NameChange } from './name-update.js';
import { changeOwned, entryOf, ownedNames } from './owned.js';
import { createDnsUpdateReader, createZonesReader, namesToCompare, type DnsUpdateReaderDeps } from './reader.js';
import type { DnsUpdateOptions } from './schema.js';
import { createDnsUpdateUndo, type DnsUpdateUndo } from './undo.js';
import { emptyName, type NameState } from './zone-state.js';

export interface DnsUpdateTargetDeps extends DnsUpdateReaderDeps {
  readonly target: string;
  readonly journal: Journal;
  readonly log: Log;
  readonly check?: Check | undefined;
  /** Called at every named step. For tests. */
  readonly onStep?: OnStep | undefined;
}

/** The names to compare, as they should be and as they are. */
export interface ObservedNames {
  readonly wanted: ReadonlyMap<string, DesiredName>;
  readonly found: ReadonlyMap<string, NameState>;
  readonly names: Iterable<string>;
}

/** The most outputs that a message lists. */
const mostNamed = 20;

/**
 * A target of records in the zones of a server, by dynamic updates. A mark beside each name says which records are the target's own. Between
 * two full looks at the zones, the target knows what they have: a change is one update, without a question before it. If another writer was
 * there meanwhile, the server refuses the update, and the next pass looks at everything.
 */
export function createDnsUpdateTarget(
  options: DnsUpdateOptions,
  deps: DnsUpdateTargetDeps,
): Target<DesiredRecords, ObservedNames, RecordChange> {
  const { target, log, onStep, secret = false } = deps;
  const { server, owner, transfer } = options;
  const journal = secret ? withoutReasons(deps.journal) : deps.journal;
  const check = secret && deps.check ? withoutWords(deps.check) : deps.check;
  const { records, access, zones, read } = createZonesReader(options, deps);
  const writer = createDnsUpdateUndo(access, { keepsNames: !transfer, onStep });
  const transactions = createTransactions(writer, { target, journal, check, onStep });
  /** What the zones have, since the last full look. Undefined after a failure. */
  let known: Map<string, NameState> | undefined;
  let reported = '';

  async function changeJournal(entries: Parameters<typeof changeOwned>[1]): Promise<void> {
    const owned = changeOwned(journal.record.owned, entries);
    if (owned !== journal.record.owned) await journal.advance({ owned });
  }

  function createChangeSet(items: readonly NameChange[]): ChangeSet<DnsUpdateUndo> {
    const updates = planUpdates(items).length;
    const outputs = items.flatMap(({ name, sets }) => sets.map(({ type }) => `${name} ${type}`));
    const undo = JSON.parse(JSON.stringify({ kind: 'dnsUpdate', items })) as DnsUpdateUndo;
    return {
      outputs,
      async stage() {
        // In the journal before the first write, so that a later process finds the records of a killed one.
        const names = transfer
          ? []
          : items.flatMap(({ zone, name, mark }) => (mark.after === null ? [] : [entryOf(server, zone, name)]));
        await changeJournal({ add: [...zones.map((zone) => entryOf(server, zone)), ...names] });
        const caveats =
          updates > 1
            ? [`${outputs.length} sets of records took ${updates} updates: a reader may have seen some before others`]
            : [];
        return { undo, caveats };
      },
      discard: () => Promise.resolve(),
      swap: (undoData) => writer.write(undoData),
    };
  }

  function remember(items: readonly NameChange[]): void {
    for (const { zone, name, mark, sets } of items) {
      const before = known?.get(name) ?? emptyName(zone);
      const after = new Map(before.sets);
      for (const { type, after: set } of sets) {
        if (set === null) after.delete(type);
        else after.set(type, set);
      }
      known?.set(name, { ...before, marks: mark.after === null ? [] : [mark.after], sets: after });
    }
  }

  function reportConflicts(conflicts: readonly string[]): void {
    const now = conflicts.join('\n');
    if (now !== '' && now !== reported)
      log.warn(
        { conflicts: conflicts.slice(0, mostNamed), count: conflicts.length },
        `${conflicts.length} sets of records are left as they are, because they do not belong to the owner ${owner}`,
      );
    reported = now;
  }

  async function lookAtAll(desired: DesiredRecords, signal: AbortSignal): Promise<ObservedNames> {
    known = undefined;
    const { names: found, lost } = await read(desired, signal);
    const wanted = records.all(desired);
    const names = namesToCompare(wanted, found, owner);
    await forgetZones(found, names, lost);
    reportConflicts(diffNames(wanted, found, names, options).conflicts);
    known = new Map(found);
    return { wanted, found, names };
  }

  /** Zones of an earlier config leave the journal when nothing of this target is in them. */
  async function forgetZones(
    found: ReadonlyMap<string, NameState>,
    names: ReadonlySet<string>,
    lost: readonly string[],
  ): Promise<void> {
    const owned = ownedNames(journal.record.owned, server);
    const left = [...owned.keys()].filter(
      (zone) => !zones.includes(zone) && ![...names].some((name) => found.get(name)?.zone === zone),
    );
    if (lost.length > 0)
      log.warn(
        { zones: lost, server },
        `${lost.length} zones of an earlier config stay as they are: ${server} does not show them`,
      );
    await changeJournal({
      remove: left.flatMap((zone) => ['', ...(owned.get(zone) ?? [])].map((name) => entryOf(server, zone, name))),
    });
  }

  return {
    ...createDnsUpdateReader(options, deps),
    desired: (view) => records.desire(view),
    async recover() {
      if (secret) await forgetReason(journal);
      return transactions.recover();
    },
    async adopt(outputs) {
      const mine = outputs.filter((entry) => zones.some((zone) => ownedNames([entry], server).has(zone)));
      await changeJournal({ add: mine });
      return mine;
    },
    async observe(desired, signal, since) {
      // If an earlier undo failed, it is tried again first.
      if (['staged', 'swapped'].includes(journal.record.step)) {
        known = undefined;
        await transactions.recover();
      }
      if (since === undefined || known === undefined) return lookAtAll(desired, signal);
      const wanted = records.changed(desired, since);
      return { wanted, found: known, names: wanted.keys() };
    },
    diff: (_desired, { wanted, found, names }) => diffNames(wanted, found, names, options).changes,
    async apply(changes, context) {
      const items = groupChanges(changes);
      const before = known;
      known = undefined;
      const applied = await transactions.run(createChangeSet(items), context);
      known = before;
      remember(items);
      return applied;
    },
  };
}

function groupChanges(changes: readonly RecordChange[]): NameChange[] {
  const items = new Map<
    string,
    { zone: string; name: string; mark: NameChange['mark']; sets: NameChange['sets'][number][] }
  >();
  for (const { zone, name, mark, type, before, after } of changes) {
    const item = items.get(name) ?? { zone, name, mark, sets: [] };
    item.sets.push({ type, before, after });
    items.set(name, item);
  }
  return [...items.values()];
}
