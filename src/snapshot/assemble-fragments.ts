import { compareCandidates } from './duplicates.js';
import type { Candidate } from './duplicates.js';
import type { Format, KeyedFragment, Rejection } from '../model/format.js';
import type { Instance } from '../model/instance.js';
import type { Admission } from './admit.js';
import { assembleService } from './instance-list.js';
import type { AssembledService } from './instance-list.js';
import { compareText } from '../model/order.js';
import { sameInstance } from '../model/same.js';

/** Makes one service of its fragments by key; what equals `before` is the same object as before. */
export type FragmentAssembler = (
  name: string,
  fragments: ReadonlyMap<string, readonly KeyedFragment[]>,
  before: AssembledService | undefined,
) => AssembledService;

/** For a format that puts endpoints together from several keys. */
export function createFragmentAssembler(
  assemble: NonNullable<Format['assemble']>,
  admit: Admission,
): FragmentAssembler {
  // A fragment that was judged once is not judged again when a neighbour changes.
  const admitted = new WeakMap<KeyedFragment, Candidate | Rejection>();
  return (name, fragments, before) => {
    const reuse = reuseInstances(before?.service?.instances ?? []);
    const candidates: Candidate[] = [];
    const refused: Rejection[] = [];
    const byKey = [...fragments].sort(([a], [b]) => compareText(a, b));
    for (const fragment of assemble(byKey.flatMap(([, parts]) => parts))) {
      let outcome = admitted.get(fragment);
      if (outcome === undefined) admitted.set(fragment, (outcome = reuse(admit(fragment, fragment))));
      if ('instance' in outcome) candidates.push(outcome);
      else refused.push(outcome);
    }
    return assembleService(name, candidates.sort(compareCandidates), before, refused);
  };
}

/** Swaps a new instance for the equal old one, if there is one. */
function reuseInstances(old: readonly Instance[]): (outcome: Candidate | Rejection) => Candidate | Rejection {
  let index: Map<string, Instance> | undefined;
  const nameOf = ({ key, address, port }: Instance) => `${key}\0${address}\0${port}`;
  return (outcome) => {
    if (old.length === 0 || !('instance' in outcome)) return outcome;
    index ??= new Map(old.map((instance) => [nameOf(instance), instance]));
    const former = index.get(nameOf(outcome.instance));
    return former && sameInstance(former, outcome.instance) ? { ...outcome, instance: former } : outcome;
  };
}
