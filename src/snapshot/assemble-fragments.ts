import { compareCandidates } from './duplicates.js';
import type { Candidate } from './duplicates.js';
import type { Format, KeyedFragment, Rejection } from '../model/format.js';
import type { Instance } from '../model/instance.js';
import type { Admission } from './admit.js';
import { assembleService } from './instance-list.js';
import type { AssembledService } from './instance-list.js';
import { compareText } from '../model/order.js';
import { sameInstance } from '../model/same.js';

/** Assembles one service from its fragments by key. Parts that equal `before` stay the same objects. */
export type FragmentAssembler = (
  name: string,
  fragments: ReadonlyMap<string, readonly KeyedFragment[]>,
  before: AssembledService | undefined,
) => AssembledService;

/** The assembler for a format that makes endpoints from several keys. */
export function createFragmentAssembler(
  assemble: NonNullable<Format['assemble']>,
  admit: Admission,
  limit = Infinity,
): FragmentAssembler {
  // Remember results, so that a change of one fragment does not validate the others again.
  const results = new WeakMap<KeyedFragment, Candidate | Rejection>();
  return (name, fragments, before) => {
    const reuse = reuseInstances(before?.service?.instances ?? []);
    const candidates: Candidate[] = [];
    const refused: Rejection[] = [];
    const byKey = [...fragments].sort(([a], [b]) => compareText(a, b));
    for (const fragment of assemble(byKey.flatMap(([, parts]) => parts))) {
      let result = results.get(fragment);
      if (result === undefined) results.set(fragment, (result = reuse(admit(fragment, fragment))));
      if ('instance' in result) candidates.push(result);
      else refused.push(result);
    }
    return assembleService(name, candidates.sort(compareCandidates), before, refused, limit);
  };
}

/** Replaces a new instance by the equal old one, if there is one. */
function reuseInstances(old: readonly Instance[]): (result: Candidate | Rejection) => Candidate | Rejection {
  let index: Map<string, Instance> | undefined;
  const keyOf = ({ key, address, port }: Instance) => `${key}\0${address}\0${port}`;
  return (result) => {
    if (old.length === 0 || !('instance' in result)) return result;
    index ??= new Map(old.map((instance) => [keyOf(instance), instance]));
    const former = index.get(keyOf(result.instance));
    return former && sameInstance(former, result.instance) ? { ...result, instance: former } : result;
  };
}
