import { compileFilter } from '../model/filter.js';
import type { InstanceFilter } from '../model/filter.js';
import { freezeCopy } from '../model/deep-freeze.js';
import type { Instance, Service } from '../model/instance.js';
import { mergeInstances } from './merge-instances.js';
import { baseOf } from '../model/key-prefix.js';
import { compareText } from '../model/order.js';
import type { Pair } from '../model/pair.js';
import { sameItems } from '../model/same.js';
import type { Snapshot, SourceSnapshot } from '../model/snapshot.js';
import type { LeftOut, LeftOutRule } from '../model/left-out.js';
import { buildTree } from '../model/kv-tree.js';
import { findLeftOut } from './find-left-out.js';
import { createLeftOutTally } from './left-out-tally.js';
import type { Tree, View } from '../model/view.js';

/** The selection of one target. */
export interface ViewSelection {
  /** Name of the target. */
  readonly target: string;
  /** Names of its sources; undefined means all. Their order has no meaning: the order of the snapshot (of the config) counts. */
  readonly sources: readonly string[] | undefined;
  readonly select?: InstanceFilter;
  /** Names of services that are in the view even without instances. */
  readonly expect: readonly string[];
  readonly vars: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string>>;
  /** Why instances of the view are not in the outputs, for `leftOut`. The first rule that holds counts. */
  readonly rules?: readonly LeftOutRule[];
}

/** The views of one target, and what they leave out. */
export interface ViewBuilder {
  (snapshot: Snapshot): View;
  /** The instances that the target leaves out of the outputs of the last view: outside `select`, of another source, or by a rule. */
  readonly leftOut: LeftOut;
}

/**
 * Builds the views of one target, one snapshot after the other. Services with the same name in several sources become one service.
 * Of instances with the same address and port, that of the first source stays; `select` applies afterwards. A service without
 * selected instances is not in the view, unless it is expected.
 *
 * Parts that did not change stay the same objects as in the view before, including the view itself.
 */
export function createViewBuilder(selection: ViewSelection): ViewBuilder {
  const { sources: names, expect } = selection;
  const leftOut = createLeftOutTally();
  const buildServices = createServiceBuilder(
    compileFilter(selection.select),
    new Set(expect),
    (name, parts, service) => {
      leftOut.set(name, findLeftOut(parts, service, selection.rules ?? []));
    },
  );
  const gatherPairs = createPairGatherer();
  const fixed = {
    vars: freezeCopy(selection.vars),
    env: freezeCopy(selection.env),
    target: Object.freeze({ name: selection.target }),
  };
  let last: { readonly inputs: readonly unknown[]; readonly view: View } | undefined;

  const build = ({ sources: all }: Snapshot): View => {
    const sources = names === undefined ? all : all.filter(({ source }) => names.includes(source));
    const inputs = sources.flatMap(({ source, services, pairs }) => [source, services, pairs]);
    if (last !== undefined && sameItems(last.inputs, inputs)) return last.view;
    const services = buildServices(sources);
    const kv = gatherPairs(sources);
    const unchanged = last?.view.services === services && last.view.kv === kv;
    const view = unchanged && last !== undefined ? last.view : Object.freeze({ services, kv, ...fixed });
    last = { inputs, view };
    return view;
  };
  return Object.assign(build, { leftOut });
}

interface BuiltService {
  readonly parts: readonly Service[];
  readonly service: Service | undefined;
}

function createServiceBuilder(
  select: ((instance: Instance) => boolean) | undefined,
  expected: ReadonlySet<string>,
  onBuilt: (name: string, parts: readonly Service[], service: Service | undefined) => void,
): (sources: readonly SourceSnapshot[]) => readonly Service[] {
  let built = new Map<string, BuiltService>();
  let services: readonly Service[] = Object.freeze([]);

  const build = (name: string, parts: readonly Service[], before: Service | undefined): Service | undefined => {
    const [only] = parts;
    const merged = only !== undefined && parts.length === 1 ? only.instances : mergeInstances(parts);
    const selected = select === undefined ? merged : merged.filter(select);
    const isExpected = expected.has(name);
    if (selected.length === 0 && !isExpected) return undefined;
    if (selected === only?.instances && !isExpected) return only;
    if (before !== undefined && sameItems(before.instances, selected)) return before;
    return Object.freeze({ name, instances: Object.freeze(selected), expected: isExpected });
  };

  return (sources) => {
    const partsByName = new Map<string, Service[]>();
    for (const source of sources)
      for (const [name, service] of source.services) {
        const parts = partsByName.get(name);
        if (parts === undefined) partsByName.set(name, [service]);
        else parts.push(service);
      }
    for (const name of expected) if (!partsByName.has(name)) partsByName.set(name, []);
    const next = new Map<string, BuiltService>();
    for (const [name, parts] of partsByName) {
      const before = built.get(name);
      if (before !== undefined && sameItems(before.parts, parts)) {
        next.set(name, before);
        continue;
      }
      const service = build(name, parts, before?.service);
      next.set(name, { parts, service });
      onBuilt(name, parts, service);
    }
    for (const name of built.keys()) if (!next.has(name)) onBuilt(name, [], undefined);
    built = next;
    const list = [...next.values()].flatMap(({ service }) => (service === undefined ? [] : [service]));
    list.sort((a, b) => compareText(a.name, b.name));
    if (!sameItems(services, list)) services = Object.freeze(list);
    return services;
  };
}

function createPairGatherer(): (sources: readonly SourceSnapshot[]) => View['kv'] {
  let inputs: readonly unknown[] = [];
  let kv: View['kv'] = Object.freeze({ pairs: Object.freeze([]), tree: freezeCopy({}) });
  return (sources) => {
    const raw = sources.filter(({ format }) => format === 'raw');
    const next = raw.flatMap(({ source, pairs }) => [source, pairs]);
    if (sameItems(inputs, next)) return kv;
    inputs = next;
    const tree = Object.create(null) as Record<string, Tree>;
    for (const { source, prefix, pairs } of raw) tree[source] = buildTree(pairs, baseOf(prefix));
    kv = Object.freeze({ pairs: mergePairs(raw), tree: Object.freeze(tree) });
    return kv;
  };
}

/** If prefixes overlap, a key appears once: with the value of the first source. */
function mergePairs(raw: readonly SourceSnapshot[]): readonly Pair[] {
  const [only] = raw;
  if (only !== undefined && raw.length === 1) return only.pairs;
  const byKey = new Map<string, Pair>();
  for (const { pairs } of raw) for (const pair of pairs) if (!byKey.has(pair.key)) byKey.set(pair.key, pair);
  return Object.freeze([...byKey.values()].sort((a, b) => compareText(a.key, b.key)));
}
