import { compileFilter, compileNames, type InstanceFilter } from '../model/filter.js';
import type { Service } from '../model/instance.js';
import { compareText } from '../model/order.js';
import { sameItems } from '../model/same.js';
import type { SourceSnapshot } from '../model/snapshot.js';
import { findSorted, replaceSorted } from '../model/sorted-list.js';
import { changedKeys } from '../model/sorted-map.js';
import { mergeInstances } from './merge-instances.js';

/** The services of several sources, in the order of the snapshot. */
export type Sources = readonly Pick<SourceSnapshot, 'source' | 'services'>[];

/** Up to this number of names, each one is looked up; for more, the sources are compared. */
const maxLookups = 64;

/**
 * The names of the services that are not the same objects in both lists of sources, sorted. The cost is that of `changedKeys`, or of the
 * names in `only`.
 *
 * @param only the names that count. Undefined: all
 */
export function changedServices(before: Sources, after: Sources, only?: readonly string[]): readonly string[] {
  const { pairs, isReordered } = pairUp(before, after);
  const differing = pairs.filter(({ old, now }) => isReordered || old !== now);
  if (differing.length === 0) return [];
  if (only !== undefined && only.length <= maxLookups)
    return only.filter((name) => differing.some(({ old, now }) => isReordered || old.get(name) !== now.get(name)));
  const [one] = differing;
  const names =
    one !== undefined && differing.length === 1 && !isReordered
      ? changedKeys(one.old, one.now)
      : [
          ...new Set(
            differing.flatMap(({ old, now }) =>
              // In another order, the instances of another source stay.
              isReordered ? [...old.keys(), ...now.keys()] : changedKeys(old, now),
            ),
          ),
        ].sort(compareText);
  if (only === undefined) return names;
  const wanted = new Set(only);
  return names.filter((name) => wanted.has(name));
}

const none: ReadonlyMap<string, Service> = new Map();

interface Pairs {
  /** The services of each source, in both lists. */
  readonly pairs: readonly { readonly old: ReadonlyMap<string, Service>; readonly now: ReadonlyMap<string, Service> }[];
  /** The sources of both lists have another order. */
  readonly isReordered: boolean;
}

function pairUp(before: Sources, after: Sources): Pairs {
  const isSame = before.length === after.length && before.every(({ source }, at) => source === after[at]?.source);
  if (isSame) {
    const pairs = before.map(({ services }, at) => ({ old: services, now: after[at]?.services ?? none }));
    return { pairs, isReordered: false };
  }
  const earlier = new Map(before.map(({ source, services }) => [source, services]));
  const later = new Map(after.map(({ source, services }) => [source, services]));
  const pairs = [...new Set([...earlier.keys(), ...later.keys()])].map((source) => ({
    old: earlier.get(source) ?? none,
    now: later.get(source) ?? none,
  }));
  const isReordered = !sameItems(
    before.flatMap(({ source }) => (later.has(source) ? [source] : [])),
    after.flatMap(({ source }) => (earlier.has(source) ? [source] : [])),
  );
  return { pairs, isReordered };
}

/** One service in each source that has it. */
export function partsOf(sources: Sources, name: string): readonly Service[] {
  return sources.flatMap(({ services }) => services.get(name) ?? []);
}

export interface ServiceSelection {
  readonly select: InstanceFilter | undefined;
  readonly expected: ReadonlySet<string>;
}

/**
 * The services of a view, updated from one list of sources to the next. Only services that differ are made again, and nothing is kept of
 * those that the target does not select. What did not change stays the same object, the list included.
 */
export function createServiceBuilder({ select, expected }: ServiceSelection): (sources: Sources) => readonly Service[] {
  const matches = compileFilter(select);
  const names = compileNames(select);
  let before: Sources | undefined;
  let services: readonly Service[] = Object.freeze([]);

  const build = (name: string, parts: readonly Service[]): Service | undefined => {
    const isExpected = expected.has(name);
    if (!isExpected && !names.matches(name)) return undefined;
    const [first] = parts;
    const merged = first !== undefined && parts.length === 1 ? first.instances : mergeInstances(parts);
    const selected = matches === undefined ? merged : merged.filter(matches);
    if (selected.length === 0 && !isExpected) return undefined;
    if (selected === first?.instances && !isExpected) return first;
    const former = findSorted(services, name, nameOf);
    if (former !== undefined && sameItems(former.instances, selected)) return former;
    return Object.freeze({ name, instances: Object.freeze(selected), expected: isExpected });
  };

  return (sources) => {
    const touched = new Set(changedServices(before ?? [], sources, names.literal));
    if (before === undefined) for (const name of expected) touched.add(name);
    before = sources;
    const changes = new Map([...touched].map((name) => [name, build(name, partsOf(sources, name))]));
    const next = replaceSorted(services, changes, nameOf);
    if (next !== services) services = Object.freeze(next);
    return services;
  };
}

function nameOf({ name }: Service): string {
  return name;
}
