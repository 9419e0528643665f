import { compileAddresses } from './addresses.js';
import type { AddressRules } from './addresses.js';
import { compileFilter } from './filter.js';
import type { InstanceFilter } from './filter.js';
import type { Format, KeyedFragment, Rejection } from './format.js';
import type { Instance, Service } from './instance.js';
import { dropDuplicates } from './duplicates.js';
import type { Candidate } from './duplicates.js';
import { compareText, rankInstance } from './order.js';
import { sameInstance, sameItems, sameRejection } from './same.js';
import { validateFragment } from './validate.js';

/** What the fragments of one service come to. */
export interface Assembled {
  /** Absent when no instance is left: a service in a snapshot is never empty. */
  readonly service: Service | undefined;
  readonly rejected: readonly Rejection[];
  /** How many instances `where` left out. */
  readonly filtered: number;
}

export interface AssemblyOptions {
  readonly source: string;
  readonly format: Format;
  readonly where?: InstanceFilter;
  readonly addresses?: AddressRules;
}

/** Makes one service of its fragments by key; what equals `before` is the same object as before. */
export type Assemble = (
  name: string,
  fragments: ReadonlyMap<string, readonly KeyedFragment[]>,
  before: Assembled | undefined,
) => Assembled;

/** @throws RangeError for a line of `addresses` that is no CIDR block. */
export function createAssembly({ source, format, where, addresses }: AssemblyOptions): Assemble {
  const refusesAddress = addresses === undefined ? undefined : compileAddresses(addresses);
  const matches = compileFilter(where);
  // A fragment that was validated once is not validated again when a neighbour changes.
  const judged = new WeakMap<KeyedFragment, Candidate | Rejection>();

  const judge = (fragment: KeyedFragment, before: (instance: Instance) => Instance): Candidate | Rejection => {
    const { key, createRevision } = fragment;
    const fresh = validateFragment(fragment, { source, key });
    if ('rejected' in fresh) return Object.freeze({ source, key, code: fresh.rejected, reason: fresh.reason });
    const refusal = refusesAddress?.(fresh);
    if (refusal !== undefined) return Object.freeze({ source, key, code: 'address-denied', reason: refusal });
    const instance = before(fresh);
    return { instance, rank: rankInstance(instance), createRevision };
  };

  return (name, fragments, before) => {
    const keep = keeper(before?.service?.instances ?? []);
    const candidates: Candidate[] = [];
    const rejected: Rejection[] = [];
    for (const fragment of complete(format, fragments)) {
      let outcome = judged.get(fragment);
      if (outcome === undefined) judged.set(fragment, (outcome = judge(fragment, keep)));
      if ('instance' in outcome) candidates.push(outcome);
      else rejected.push(outcome);
    }
    const { instances: unique, rejected: duplicates } = dropDuplicates(candidates);
    rejected.push(...duplicates);
    const selected = matches === undefined ? unique : unique.filter(matches);
    return Object.freeze({
      service: nameService(name, selected, before?.service),
      rejected: keepEqual(rejected, before?.rejected ?? []),
      filtered: unique.length - selected.length,
    });
  };
}

function complete(format: Format, fragments: ReadonlyMap<string, readonly KeyedFragment[]>): readonly KeyedFragment[] {
  if (format.assemble === undefined) {
    const all: KeyedFragment[] = [];
    for (const parts of fragments.values()) all.push(...parts);
    return all;
  }
  const byKey = [...fragments].sort(([a], [b]) => compareText(a, b));
  return format.assemble(byKey.flatMap(([, parts]) => parts));
}

function nameService(name: string, instances: readonly Instance[], before: Service | undefined): Service | undefined {
  if (instances.length === 0) return undefined;
  if (before !== undefined && sameItems(before.instances, instances)) return before;
  return Object.freeze({ name, instances: Object.freeze(instances), expected: false });
}

/** Below this many new instances it is quicker to look through the old ones than to make an index of them. */
const few = 4;

/** Swaps a new instance for the equal old one, if there is one. */
function keeper(old: readonly Instance[]): (fresh: Instance) => Instance {
  let asked = 0;
  let index: Map<string, Instance> | undefined;
  const placeOf = ({ key, address, port }: Instance) => `${key}\0${address}\0${port}`;
  return (fresh) => {
    if (old.length === 0) return fresh;
    if (++asked <= few) return old.find((instance) => sameInstance(instance, fresh)) ?? fresh;
    index ??= new Map(old.map((instance) => [placeOf(instance), instance]));
    const former = index.get(placeOf(fresh));
    return former !== undefined && sameInstance(former, fresh) ? former : fresh;
  };
}

function keepEqual(rejected: Rejection[], before: readonly Rejection[]): readonly Rejection[] {
  const same =
    rejected.length === before.length && rejected.every((rejection, index) => sameRejection(rejection, before[index]));
  return same ? before : rejected;
}
