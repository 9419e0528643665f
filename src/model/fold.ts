import type { AddressRules } from './addresses.js';
import { createAssembly } from './assembly.js';
import type { Assembled } from './assembly.js';
import type { Batch } from './entry.js';
import type { InstanceFilter } from './filter.js';
import type { Format, KeyedFragment, Rejection } from './format.js';
import type { Service } from './instance.js';
import { compareText } from './order.js';
import type { Pair } from './pair.js';
import { readEntry, sameReading } from './reading.js';
import type { Reading } from './reading.js';
import { sameItems } from './same.js';
import type { SourceSnapshot } from './snapshot.js';

export interface FoldOptions {
  /** Name of the source. */
  readonly source: string;
  readonly prefix: string;
  readonly format: Format;
  /** Instances that do not match are counted and left out, after duplicates are settled. */
  readonly where?: InstanceFilter;
  readonly addresses?: AddressRules;
}

/** Everything known of one source, batch by batch. */
export interface Fold {
  /**
   * Folds a batch in and returns the source as it stands then, frozen. Whatever the batch did not change in substance
   * is the same object as in the snapshot before: each service and instance, the map of services, `pairs`, `rejected`. A
   * `sync` replaces everything, so a key that it lacks is gone; what it merely repeats is unchanged.
   *
   * Costs the number of services plus the size of the touched ones. Never throws.
   */
  apply(batch: Batch): SourceSnapshot;
}

/** @throws RangeError for a line of `addresses` that is no CIDR block. */
export function createFold({ source, prefix, format, where, addresses }: FoldOptions): Fold {
  const assemble = createAssembly({
    source,
    format,
    ...(where === undefined ? {} : { where }),
    ...(addresses === undefined ? {} : { addresses }),
  });
  const readings = new Map<string, Reading>();
  const pairsByKey = new Map<string, Pair>();
  const refusals = new Map<string, Rejection>();
  /** Fragments by service, then by key. */
  const rolls = new Map<string, Map<string, KeyedFragment[]>>();
  const assembled = new Map<string, Assembled>();
  let ignored = 0;
  let filtered = 0;
  let clusterId = '';
  let services: ReadonlyMap<string, Service> = new Map();
  let pairs: readonly Pair[] = Object.freeze([]);
  let rejected: readonly Rejection[] = Object.freeze([]);
  const touched = { services: new Set<string>(), pairs: false, rejected: false };

  const forget = (key: string, reading: Reading): void => {
    if (reading.kind === 'ignored') ignored--;
    else if (reading.kind === 'pair') touched.pairs = pairsByKey.delete(key) || touched.pairs;
    else if (reading.kind === 'rejected') touched.rejected = refusals.delete(key) || touched.rejected;
    else
      for (const { service } of reading.fragments) {
        rolls.get(service)?.delete(key);
        touched.services.add(service);
      }
  };

  const remember = (key: string, reading: Reading): void => {
    if (reading.kind === 'ignored') ignored++;
    else if (reading.kind === 'pair') {
      pairsByKey.set(key, reading.pair);
      touched.pairs = true;
    } else if (reading.kind === 'rejected') {
      refusals.set(key, reading.rejection);
      touched.rejected = true;
    } else
      for (const fragment of reading.fragments) {
        let roll = rolls.get(fragment.service);
        if (roll === undefined) rolls.set(fragment.service, (roll = new Map<string, KeyedFragment[]>()));
        const parts = roll.get(key);
        if (parts === undefined) roll.set(key, [fragment]);
        else parts.push(fragment);
        touched.services.add(fragment.service);
      }
  };

  const learn = (key: string, next: Reading | undefined): void => {
    const before = readings.get(key);
    if (before !== undefined && next !== undefined && sameReading(before, next)) return;
    if (before !== undefined) forget(key, before);
    if (next === undefined) {
      readings.delete(key);
      return;
    }
    readings.set(key, next);
    remember(key, next);
  };

  const refreshServices = (): void => {
    const changed = new Map<string, Service | undefined>();
    for (const name of touched.services) {
      const before = assembled.get(name);
      const roll = rolls.get(name) ?? new Map<string, KeyedFragment[]>();
      const after = assemble(name, roll, before);
      if (before?.service !== after.service) changed.set(name, after.service);
      if (before?.rejected !== after.rejected) touched.rejected = true;
      filtered += after.filtered - (before?.filtered ?? 0);
      if (roll.size > 0) assembled.set(name, after);
      else {
        assembled.delete(name);
        rolls.delete(name);
      }
    }
    touched.services.clear();
    if (changed.size > 0) services = replaceServices(services, changed);
  };

  const refreshLists = (): void => {
    if (touched.pairs) pairs = Object.freeze([...pairsByKey.values()].sort((a, b) => compareText(a.key, b.key)));
    if (touched.rejected) {
      const parts = [...assembled.values()].flatMap((service) => service.rejected);
      const sorted = [...refusals.values(), ...parts].sort(compareRejections);
      if (!sameItems(sorted, rejected)) rejected = Object.freeze(sorted);
    }
    touched.pairs = touched.rejected = false;
  };

  return {
    apply(batch) {
      if (batch.kind === 'sync') {
        clusterId = batch.clusterId;
        const listed = new Set(batch.entries.map(({ key }) => key));
        for (const key of readings.keys()) if (!listed.has(key)) learn(key, undefined);
        for (const entry of batch.entries) learn(entry.key, readEntry(source, format, entry));
      } else {
        // Only a key's last event counts: an entry carries all that matters of what came before.
        const last = new Map(batch.events.map((event) => [event.type === 'put' ? event.entry.key : event.key, event]));
        for (const [key, event] of last)
          learn(key, event.type === 'put' ? readEntry(source, format, event.entry) : undefined);
      }
      refreshServices();
      refreshLists();
      return Object.freeze({
        source,
        prefix,
        format: format.name,
        revision: batch.revision,
        clusterId,
        services,
        pairs,
        rejected,
        counts: Object.freeze({ keys: readings.size, ignored, filtered }),
      });
    },
  };
}

/** A copy in the order of the names; `undefined` removes. */
function replaceServices(
  services: ReadonlyMap<string, Service>,
  changed: ReadonlyMap<string, Service | undefined>,
): ReadonlyMap<string, Service> {
  const next = new Map(services);
  let grown = false;
  for (const [name, service] of changed) {
    if (service === undefined) next.delete(name);
    else {
      grown ||= !next.has(name);
      next.set(name, service);
    }
  }
  return grown ? new Map([...next].sort(([a], [b]) => compareText(a, b))) : next;
}

function compareRejections(a: Rejection, b: Rejection): number {
  return compareText(a.key, b.key) || compareText(a.code, b.code) || compareText(a.reason, b.reason);
}
