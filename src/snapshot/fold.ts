import type { AddressRules } from '../model/addresses.js';
import { createFragmentAssembler } from './assemble-fragments.js';
import { compareCandidates } from './duplicates.js';
import type { Candidate } from './duplicates.js';
import type { Batch, Entry } from '../model/entry.js';
import type { InstanceFilter } from '../model/filter.js';
import type { Format, KeyedFragment, Rejection } from '../model/format.js';
import type { Service } from '../model/instance.js';
import { createAdmission } from './admit.js';
import { decodeKey } from './decoded-key.js';
import type { DecodedKey } from './decoded-key.js';
import { assembleService, noInstances } from './instance-list.js';
import type { AssembledService } from './instance-list.js';
import type { Pair } from '../model/pair.js';
import { applyDelta, replaceSorted, type ListDelta } from '../model/sorted-list.js';
import { SortedMap } from '../model/sorted-map.js';
import { editRejections } from './rejection-list.js';
import type { SourceSnapshot } from '../model/snapshot.js';

export interface FoldOptions {
  /** Name of the source. */
  readonly source: string;
  readonly prefix: string;
  readonly format: Format;
  /** Instances that do not match are counted and left out, after duplicates are dropped. */
  readonly select?: InstanceFilter;
  readonly addresses?: AddressRules;
  /** Registrations without a lease are rejected. Default: they are read and counted. */
  readonly requireLease?: boolean;
}

/** The state of one source, updated by batches. */
export interface Fold {
  /**
   * Applies a batch and returns the new snapshot of the source, frozen. Parts that the batch did not change stay the same objects
   * as in the snapshot before: services, instances, the map of services, `pairs`, `rejected`. A `sync` replaces everything: keys
   * that it lacks are removed, and keys that it repeats are unchanged.
   *
   * The cost of a change is the size of the touched services, and a copy of a part of the map of services; of pairs or rejections, a copy of
   * their list. Never throws.
   */
  apply(batch: Batch): SourceSnapshot;
  /**
   * The keys of the registrations without a lease after the last batch: nothing removes them when their registrant dies. It is the live set,
   * which the next batch changes. Rejected keys and pairs do not count.
   */
  readonly leaseless: ReadonlySet<string>;
  /** The services and the numbers of their registrations after the last batch, also of those that `select` leaves out. */
  readonly registrations: () => Iterable<readonly [service: string, count: number]>;
}

/** The state of one service. */
interface ServiceState {
  /** Sorted. Empty if the format has `assemble`. */
  candidates: Candidate[];
  /** By key. Empty if the format has no `assemble`. */
  readonly fragments: Map<string, KeyedFragment[]>;
  assembled: AssembledService;
}

/** `SourceSnapshot.filters` of a source. */
export function describeFilters({
  select,
  addresses,
  requireLease = false,
}: Pick<FoldOptions, 'select' | 'addresses' | 'requireLease'>): string {
  return JSON.stringify([select ?? null, addresses ?? null, ...(requireLease ? ['lease'] : [])]);
}

/** @throws RangeError for a line of `addresses` that is no CIDR block. */
export function createFold({ source, prefix, format, select, addresses, requireLease = false }: FoldOptions): Fold {
  const admit = createAdmission({ source, ...(select && { select }), ...(addresses && { addresses }) });
  const filters = describeFilters({ ...(select && { select }), ...(addresses && { addresses }), requireLease });
  const assemble = format.assemble && createFragmentAssembler((parts) => format.assemble?.(parts) ?? [], admit);
  const known = new Map<string, DecodedKey>();
  const states = new Map<string, ServiceState>();
  const leaseless = new Set<string>();
  let ignored = 0;
  let filtered = 0;
  let clusterId = '';
  let services = SortedMap.from<Service>([]);
  let pairs: readonly Pair[] = Object.freeze([]);
  let rejected: readonly Rejection[] = Object.freeze([]);
  const touched = {
    services: new Map<string, ListDelta<Candidate>>(),
    pairs: new Map<string, Pair | undefined>(),
    rejected: { removed: new Set<Rejection>(), added: [] as Rejection[] },
  };

  const deltaOf = (name: string): ListDelta<Candidate> => {
    let delta = touched.services.get(name);
    if (delta === undefined) touched.services.set(name, (delta = { removed: new Set(), added: [] }));
    return delta;
  };

  const stateOf = (name: string): ServiceState => {
    let state = states.get(name);
    if (state === undefined)
      states.set(name, (state = { candidates: [], fragments: new Map(), assembled: noInstances }));
    return state;
  };

  const forget = (key: string, was: DecodedKey): void => {
    if (was.kind === 'candidate') deltaOf(was.instance.service).removed.add(was);
    else if (was.kind === 'ignored') ignored--;
    else if (was.kind === 'pair') touched.pairs.set(key, undefined);
    else if (was.kind === 'rejected') touched.rejected.removed.add(was.rejection);
    else if (was.kind === 'parts') {
      for (const part of was.parts) {
        if ('instance' in part) deltaOf(part.instance.service).removed.add(part);
        else touched.rejected.removed.add(part);
      }
    } else
      for (const { service } of was.fragments) {
        stateOf(service).fragments.delete(key);
        deltaOf(service);
      }
  };

  const remember = (key: string, is: DecodedKey): void => {
    if (is.kind === 'candidate') deltaOf(is.instance.service).added.push(is);
    else if (is.kind === 'ignored') ignored++;
    else if (is.kind === 'pair') touched.pairs.set(key, is.pair);
    else if (is.kind === 'rejected') touched.rejected.added.push(is.rejection);
    else if (is.kind === 'parts') {
      for (const part of is.parts) {
        if ('instance' in part) deltaOf(part.instance.service).added.push(part);
        else touched.rejected.added.push(part);
      }
    } else
      for (const fragment of is.fragments) {
        const { fragments } = stateOf(fragment.service);
        const parts = fragments.get(key);
        if (parts === undefined) fragments.set(key, [fragment]);
        else parts.push(fragment);
        deltaOf(fragment.service);
      }
  };

  const update = (key: string, entry: Entry | undefined): void => {
    const before = known.get(key);
    const next = entry && decodeKey(source, format, admit, entry, before, requireLease);
    // A put can change the lease alone.
    if (entry?.lease === '0' && next !== undefined && isRegistration(next)) leaseless.add(key);
    else leaseless.delete(key);
    if (next === before) return;
    if (before !== undefined) forget(key, before);
    if (next === undefined) {
      known.delete(key);
      return;
    }
    known.set(key, next);
    remember(key, next);
  };

  const refreshServices = (): void => {
    const changed = new Map<string, Service | undefined>();
    for (const [name, moves] of touched.services) {
      const state = stateOf(name);
      const before = state.assembled;
      if (assemble === undefined) {
        state.candidates = applyDelta(state.candidates, moves, compareCandidates);
        state.assembled = assembleService(name, state.candidates, before);
      } else state.assembled = assemble(name, state.fragments, before);
      const after = state.assembled;
      if (before.service !== after.service) changed.set(name, after.service);
      if (before.rejected !== after.rejected) {
        for (const rejection of before.rejected) touched.rejected.removed.add(rejection);
        touched.rejected.added.push(...after.rejected);
      }
      filtered += after.filtered - before.filtered;
      if (state.candidates.length === 0 && state.fragments.size === 0) states.delete(name);
    }
    touched.services.clear();
    services = services.with(changed);
  };

  const refreshLists = (): void => {
    const nextPairs = replaceSorted(pairs, touched.pairs, ({ key }) => key);
    if (nextPairs !== pairs) pairs = Object.freeze(nextPairs);
    rejected = editRejections(rejected, touched.rejected);
    touched.pairs.clear();
    touched.rejected = { removed: new Set(), added: [] };
  };

  return {
    apply(batch) {
      if (batch.kind === 'sync') {
        clusterId = batch.clusterId;
        if (known.size > 0) {
          const listed = new Set(batch.entries.map(({ key }) => key));
          for (const key of known.keys()) if (!listed.has(key)) update(key, undefined);
        }
        for (const entry of batch.entries) update(entry.key, entry);
      } else {
        // Only the last event of a key matters, because an entry does not depend on earlier events.
        const last = new Map(batch.events.map((event) => [event.type === 'put' ? event.entry.key : event.key, event]));
        for (const [key, event] of last) update(key, event.type === 'put' ? event.entry : undefined);
      }
      refreshServices();
      refreshLists();
      return Object.freeze({
        source,
        prefix,
        keys: format.keys,
        filters,
        format: format.name,
        revision: batch.revision,
        clusterId,
        services,
        pairs,
        rejected,
        counts: Object.freeze({ keys: known.size, ignored, leaseless: leaseless.size, filtered }),
      });
    },
    leaseless,
    registrations: function* () {
      for (const [name, { candidates, fragments }] of states) yield [name, candidates.length + fragments.size];
    },
  };
}

/** Whether at least one endpoint of the key may be used. */
function isRegistration(is: DecodedKey): boolean {
  if (is.kind === 'parts') return is.parts.some((part) => 'instance' in part);
  return is.kind === 'candidate' || (is.kind === 'fragments' && is.fragments.length > 0);
}
