import { compileNames } from '../model/filter.js';
import type { InstanceFilter } from '../model/filter.js';
import { freezeCopy } from '../model/deep-freeze.js';
import { sameItems } from '../model/same.js';
import type { Snapshot } from '../model/snapshot.js';
import type { LeftOut, LeftOutRule } from '../model/left-out.js';
import type { View } from '../model/view.js';
import { createLeftOut, nothingSelected } from './left-out.js';
import { createPairGatherer } from './view-pairs.js';
import { createServiceBuilder, type Sources } from './view-services.js';

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
  /** The only services that a view can have instances of. Undefined: any. */
  readonly services: readonly string[] | undefined;
  /** The instances that the target leaves out of the outputs of the last view: outside `select`, of another source, or by a rule. */
  readonly leftOut: LeftOut;
}

/**
 * Builds the views of one target, one snapshot after the other. Services with the same name in several sources become one service.
 * Of instances with the same address and port, that of the first source stays; `select` applies afterwards. A service without
 * selected instances is not in the view, unless it is expected.
 *
 * Parts that did not change stay the same objects as in the view before, including the view itself. The cost is that of what has changed since
 * the last call, plus a copy of the list of services if one of them changed.
 */
export function createViewBuilder(selection: ViewSelection): ViewBuilder {
  const { sources: names, select, expect } = selection;
  const buildServices = createServiceBuilder({ select, expected: new Set(expect) });
  const gatherPairs = createPairGatherer();
  const fixed = {
    vars: freezeCopy(selection.vars),
    env: freezeCopy(selection.env),
    target: Object.freeze({ name: selection.target }),
  };
  let last: { readonly inputs: readonly unknown[]; readonly sources: Sources; readonly view: View } | undefined;
  const leftOut = createLeftOut(
    () => (last ? { sources: last.sources, services: last.view.services } : nothingSelected),
    selection.rules ?? [],
  );

  const build = ({ sources: all }: Snapshot): View => {
    const sources = names === undefined ? all : all.filter(({ source }) => names.includes(source));
    const inputs = sources.flatMap(({ source, services, pairs }) => [source, services, pairs]);
    if (last !== undefined && sameItems(last.inputs, inputs)) return last.view;
    const services = buildServices(sources);
    const kv = gatherPairs(sources);
    const unchanged = last?.view.services === services && last.view.kv === kv;
    const view = unchanged && last !== undefined ? last.view : Object.freeze({ services, kv, ...fixed });
    last = { inputs, sources, view };
    return view;
  };
  return Object.assign(build, { leftOut, services: compileNames(select).literal });
}
