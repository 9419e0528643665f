import { RollcallError } from '../../model/errors.js';
import type { Connection } from '../../dns/client/connection.js';
import type { JournalReader } from '../../ports/journal.js';
import type { Difference } from '../../ports/output.js';
import type { Clock } from '../../ports/runtime.js';
import type { TargetReader } from '../../ports/target.js';
import { hideContents } from '../secret.js';
import { createRecords, type DesiredRecords, type Records } from './desired.js';
import { diffNames } from './diff.js';
import { readMark } from './mark.js';
import { queryNames, readZone, withConnection, type ServerAccess } from './observe.js';
import { ownedNames } from './owned.js';
import { showSet } from './same-set.js';
import type { DnsUpdateOptions } from './schema.js';
import type { NameState } from './zone-state.js';

export interface DnsUpdateReaderDeps {
  readonly journal: JournalReader;
  readonly clock: Clock;
  /** The records must not be shown. Default: false. */
  readonly secret?: boolean | undefined;
}

/** What the zones of a target have. */
export interface ZonesState {
  readonly names: ReadonlyMap<string, NameState>;
  /** Zones of an earlier config that the server does not show any more. */
  readonly lost: readonly string[];
}

/** Reads all zones of a target. */
export function createZonesReader(
  options: DnsUpdateOptions,
  { journal, clock }: DnsUpdateReaderDeps,
): {
  readonly records: Records;
  readonly access: ServerAccess;
  readonly zones: readonly string[];
  readonly read: (desired: DesiredRecords, signal: AbortSignal) => Promise<ZonesState>;
} {
  const { server, tsigKeyFile, timeout, zone, reverse, transfer } = options;
  const records = createRecords(options);
  const access: ServerAccess = { options: { server, tsigKeyFile, timeout }, clock };
  const zones = [zone, ...reverse];

  async function readOne(
    connection: Connection,
    itsZone: string,
    desired: DesiredRecords,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, NameState>> {
    if (transfer) return readZone(connection, itsZone, signal);
    const wanted = [...records.all(desired)].filter(([, each]) => each.zone === itsZone);
    const types = new Map(wanted.map(([name, { sets }]) => [name, sets.map(({ type }) => type)]));
    for (const name of ownedNames(journal.record.owned, server).get(itsZone) ?? [])
      if (!types.has(name)) types.set(name, []);
    return queryNames(
      connection,
      [...types].map(([name, its]) => ({ zone: itsZone, name, types: its })),
      signal,
    );
  }

  return {
    records,
    access,
    zones,
    async read(desired, signal) {
      const names = new Map<string, NameState>();
      const lost: string[] = [];
      const add = (states: ReadonlyMap<string, NameState>): void => {
        for (const [name, state] of states) names.set(name, state);
      };
      await withConnection(access, signal, async (connection) => {
        for (const each of zones) add(await readOne(connection, each, desired, signal));
      });
      const former = [...ownedNames(journal.record.owned, server).keys()].filter((each) => !zones.includes(each));
      for (const each of former)
        try {
          add(await withConnection(access, signal, (connection) => readOne(connection, each, desired, signal)));
        } catch (error) {
          if (!(error instanceof RollcallError) || error.code !== 'DNS_REFUSED') throw error;
          lost.push(each);
        }
      return { names, lost };
    },
  };
}

/** The names to compare: those that are desired, and those with a mark of the owner. */
export function namesToCompare(
  wanted: ReadonlyMap<string, unknown>,
  found: ReadonlyMap<string, NameState>,
  owner: string,
): Set<string> {
  const names = new Set(wanted.keys());
  for (const [name, { marks }] of found) if (marks.some((text) => readMark(text)?.owner === owner)) names.add(name);
  return names;
}

/** The read-only part of a target of dynamic updates. */
export function createDnsUpdateReader(
  options: DnsUpdateOptions,
  deps: DnsUpdateReaderDeps,
): TargetReader<DesiredRecords> {
  const { records, read } = createZonesReader(options, deps);
  const { secret = false } = deps;
  return {
    desired: (view) => records.desire(view),
    outputs: (desired) =>
      [...records.all(desired)]
        .flatMap(([name, { sets }]) =>
          sets.map((set) => ({ output: `${name} ${set.type}`, text: showSet(set), secret })),
        )
        .sort((a, b) => (a.output < b.output ? -1 : 1)),
    digest: (desired) => records.digest(desired),
    async preview(desired, signal) {
      const { names } = await read(desired, signal);
      const wanted = records.all(desired);
      const { changes, conflicts } = diffNames(wanted, names, namesToCompare(wanted, names, options.owner), options);
      const differences = changes.map(({ action, output, before, after }): Difference => ({
        action,
        output,
        form: 'lines',
        before: before === null ? undefined : showSet(before),
        after: after === null ? undefined : showSet(after),
        notes: [],
      }));
      return { differences: secret ? differences.map(hideContents) : differences, conflicts };
    },
  };
}
