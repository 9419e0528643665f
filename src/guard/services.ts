import type { Instance, Service } from '../model/instance.js';
import type { Causes } from './causes.js';
import { decide, type Decision, type Total } from './decide.js';
import { differ, noDifference, type Difference } from './difference.js';
import { addDiffering, findService } from './differing.js';
import { compare, createGroup, isIdle, type Compared, type Group, type Kept } from './group.js';
import type { EndReason, UnexplainedCause } from './hold.js';
import type { Ledger } from './ledger.js';
import { memberOf } from './member.js';
import { movesOf } from './moves.js';
import type { GuardPolicy } from './policy.js';
import { countMissing, horizonOf, serviceRule, targetRule } from './rules.js';

/** What the guard remembers of the services of a target. */
export interface ServicesMemory {
  /** By service name, those judged last at the end. Only services with something within the window. */
  readonly groups: Map<string, Group<Instance>>;
  /** All instances of the target. */
  readonly total: Ledger;
  /** The names of the groups with holds. */
  readonly holding: Set<string>;
  /** The services of the selection at the last judgement of this process, and the number of their instances. */
  last: readonly Service[] | undefined;
  size: number;
}

export interface ServicesInput {
  /** Undefined when no view has been accepted yet. */
  readonly accepted: readonly Service[] | undefined;
  readonly selected: readonly Service[];
  readonly causes: Causes;
  readonly policy: GuardPolicy;
  readonly now: number;
  readonly wall: number;
}

/** One service at one judgement. */
interface Visit {
  readonly name: string;
  readonly group: Group<Instance>;
  readonly total: Total;
  readonly change: Difference<Instance>;
  readonly back: readonly string[];
  readonly away: readonly string[];
  readonly present: number;
  readonly acceptedSize: number;
}

/**
 * Judges the services of a target. It reads the services that are not the same object in the selection, the last selection and the accepted
 * view, and those with holds; of the others it compares the references alone.
 */
export function judgeServices(memory: ServicesMemory, input: ServicesInput): Decision<Instance>[] {
  const { policy, now } = input;
  const visits = [...namesToVisit(memory, input)].map((name) => visit(memory, input, name));
  memory.size =
    memory.last === undefined
      ? input.selected.reduce((sum, { instances }) => sum + instances.length, 0)
      : memory.size + visits.reduce((sum, { name, present }) => sum + present - sizeIn(memory.last, name), 0);
  const explain = createExplanation(visits, input);
  const judged = visits.map((each) => {
    const { group, total, change, back, away } = each;
    group.ledger.forget(horizonOf(group.holds.values(), policy, now));
    const compared = compare(group, { ...change, back, away, total, explain, now, wall: input.wall });
    return { each, compared };
  });

  const rule = judgeTarget(memory, judged, input);
  const decisions = judged.map(({ each, compared }) => {
    const { group, present, total, acceptedSize, change } = each;
    const { ledger } = group;
    ledger.forget(horizonOf(compared.missing.values(), policy, now));
    ledger.explain(compared.explained, present + compared.missing.size);
    ledger.note(sizeBefore({ change, acceptedSize }, compared), now);
    const loss = ledger.measure(present, countMissing(compared, ledger));
    const own = compared.missing.size === 0 ? undefined : serviceRule(policy, present, loss);
    const decision = decide(group, compared, own ?? rule, { now, total, hold: holdInstance });
    ledger.note(present + group.holds.size, now);
    remember(memory, each, now);
    return decision;
  });
  const held = [...memory.holding].reduce((sum, name) => sum + (memory.groups.get(name)?.holds.size ?? 0), 0);
  memory.total.note(memory.size + held, now);
  memory.last = input.selected;
  sweep(memory, now - policy.window);
  return decisions;
}

/** The services that a judgement reads. */
export function namesToVisit(
  { groups, holding, last }: ServicesMemory,
  { accepted, selected }: Pick<ServicesInput, 'accepted' | 'selected'>,
): Set<string> {
  // Without a last selection, it is not known which of the groups have changed.
  const names = new Set(last === undefined ? groups.keys() : holding);
  // At the first judgement of a new target nothing can be missing, and there is nothing to remember of any service.
  if (accepted === undefined && last === undefined && names.size === 0) return names;
  addDiffering(names, accepted ?? [], selected);
  if (last !== undefined && last !== accepted) addDiffering(names, last, selected);
  return names;
}

function visit(memory: ServicesMemory, { accepted, selected, now }: ServicesInput, name: string): Visit {
  const group = memory.groups.get(name) ?? createGroup<Instance>(undefined, now);
  const before = findService(accepted ?? [], name)?.instances ?? [];
  const after = findService(selected, name)?.instances ?? [];
  const earlier = memory.last && (findService(memory.last, name)?.instances ?? []);
  const change = accepted === undefined ? noDifference<Instance>() : differ(before, after, memberOf);
  return {
    ...{ name, group, change, present: after.length, acceptedSize: before.length },
    total: { ledger: memory.total, nameOf: (member) => `${name}\0${member}` },
    ...movesOf(group, { accepted: accepted && before, last: earlier, selected: after, change }, memberOf),
  };
}

type Explanation = (
  member: string,
  instance: Instance,
  kept: Kept<Instance> | undefined,
) => EndReason | { readonly cause: UnexplainedCause };

function createExplanation(visits: readonly Visit[], { causes, policy, now }: ServicesInput): Explanation {
  // What comes to one service is no longer an instance of another one. What only returns says nothing about others.
  const fresh = new Set<string>();
  for (const { group, change } of visits)
    for (const member of change.came.keys())
      if (!group.holds.has(member) && !group.ledger.departures.has(member) && !group.returned.has(member))
        fresh.add(member);
  return (member, instance, kept) => {
    if (now - (kept?.since ?? now) >= policy.holdFor) return 'expired';
    if (fresh.has(member)) return 'taken';
    const cause = causes.ofInstance(instance);
    return cause === 'draining' || cause === 'unselected' ? cause : { cause };
  };
}

function judgeTarget(
  { total, size }: ServicesMemory,
  judged: readonly { readonly each: Visit; readonly compared: Compared<Instance> }[],
  { policy, now }: ServicesInput,
): ReturnType<typeof targetRule> {
  const sums = { old: 0, fresh: 0, missing: 0, explained: 0, before: size };
  const missing = judged.flatMap(({ compared }) => [...compared.missing.values()]);
  total.forget(horizonOf(missing, policy, now));
  for (const { each, compared } of judged) {
    const { old, fresh } = countMissing(compared, total, each.total.nameOf);
    sums.old += old;
    sums.fresh += fresh;
    sums.missing += compared.missing.size;
    sums.explained += compared.explained;
    sums.before += sizeBefore(each, compared) - each.present;
  }
  total.explain(sums.explained, size + sums.missing);
  total.note(sums.before, now);
  return targetRule(policy, total.measure(size, sums));
}

/** The size of the service in the accepted view, without the instances that leave for a known reason, and with those that only the state has. */
function sizeBefore(
  { change, acceptedSize }: Pick<Visit, 'change' | 'acceptedSize'>,
  { missing }: Compared<Instance>,
): number {
  return acceptedSize - change.gone.size + missing.size;
}

function holdInstance(instance: Instance): Instance {
  return instance.held ? instance : Object.freeze({ ...instance, held: true });
}

/** Moves the group to the end, or drops it. */
function remember({ groups, holding }: ServicesMemory, { name, group }: Visit, now: number): void {
  groups.delete(name);
  if (group.holds.size > 0) holding.add(name);
  else holding.delete(name);
  if (isIdle(group)) return;
  group.touched = now;
  groups.set(name, group);
}

/** Drops the groups that were judged before `horizon`: nothing in them is within the window. Those with holds are judged each time. */
function sweep({ groups }: ServicesMemory, horizon: number): void {
  for (const [name, { touched }] of groups) {
    if (touched >= horizon) return;
    groups.delete(name);
  }
}

function sizeIn(services: readonly Service[] | undefined, name: string): number {
  return findService(services ?? [], name)?.instances.length ?? 0;
}
