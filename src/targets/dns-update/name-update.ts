import type { RecordType } from '../../dns/record-set.js';
import { encodeUpdate, type Prerequisite, type Update, type UpdateStep } from '../../dns/client/update.js';
import { markNameOf } from './mark-name.js';
import type { SetState } from './zone-state.js';

/** All that changes at one name, at once. */
export interface NameChange {
  readonly zone: string;
  readonly name: string;
  readonly mark: { readonly before: string | null; readonly after: string | null };
  readonly sets: readonly {
    readonly type: RecordType;
    readonly before: SetState | null;
    readonly after: SetState | null;
  }[];
}

/** Seconds. A mark is for programs that ask the primary itself. */
const markTtl = 60;
/** Octets up to which changes of several names go into one message. */
const batchSize = 30_000;
/** Octets of one name's change above which its old records are removed without naming each. A message has at most 65,535. */
const largeName = 60_000;

/**
 * The updates for these changes, in the order in which they are to be sent: zone by zone; within a zone new names first, so that an SRV
 * record never leads to a name that does not exist yet, and names that go last. The changes of one name are in one update.
 */
export function planUpdates(changes: readonly NameChange[]): Update[] {
  const zones = [...new Set(changes.map(({ zone }) => zone))];
  return zones.flatMap((zone) => {
    const ordered = changes.filter((each) => each.zone === zone).sort((a, b) => rankOf(a) - rankOf(b));
    const updates: { zone: string; prerequisites: Prerequisite[]; steps: UpdateStep[]; size: number }[] = [];
    for (const change of ordered) {
      let part = partOf(change, false);
      let size = encodeUpdate({ zone, ...part }).length;
      if (size > largeName) {
        part = partOf(change, true);
        size = encodeUpdate({ zone, ...part }).length;
      }
      const last = updates.at(-1);
      if (last && last.size + size <= batchSize) {
        last.prerequisites.push(...part.prerequisites);
        last.steps.push(...part.steps);
        last.size += size;
      } else updates.push({ zone, prerequisites: [...part.prerequisites], steps: [...part.steps], size });
    }
    return updates.map(({ prerequisites, steps }) => ({ zone, prerequisites, steps }));
  });
}

function rankOf({ mark }: NameChange): number {
  if (mark.before === null) return 0;
  return mark.after === null ? 2 : 1;
}

/** @param wholeSets remove whole sets, not record by record */
function partOf(
  { name, mark, sets }: NameChange,
  wholeSets: boolean,
): { prerequisites: Prerequisite[]; steps: UpdateStep[] } {
  const markName = markNameOf(name);
  const prerequisites: Prerequisite[] = [
    { name: markName, type: 'TXT', has: mark.before === null ? 'none' : [mark.before] },
  ];
  const [removals, additions]: [UpdateStep[], UpdateStep[]] = [[], []];
  const isNew = sets.every(({ before }) => before === null);
  for (const { type, before, after } of sets) {
    if (before === null && after !== null) prerequisites.push({ name, type, has: 'none' });
    if (isNew && after !== null)
      prerequisites.push(type === 'CNAME' ? { name, unused: true } : { name, type: 'CNAME', has: 'none' });
    const [old, fresh] = [before?.data ?? [], after?.data ?? []];
    const same = new Set(wholeSets || before?.ttl !== after?.ttl ? [] : fresh);
    const stay = new Set(old.filter((each) => same.has(each)));
    if (wholeSets && before !== null) removals.push({ removeAll: true, name, type });
    if (!wholeSets) for (const each of old) if (!stay.has(each)) removals.push({ remove: each, name, type });
    for (const each of fresh) if (!stay.has(each)) additions.push({ add: each, name, type, ttl: after?.ttl ?? 0 });
  }
  if (mark.before !== mark.after) {
    if (mark.before !== null) removals.push({ remove: mark.before, name: markName, type: 'TXT' });
    if (mark.after !== null) additions.push({ add: mark.after, name: markName, type: 'TXT', ttl: markTtl });
  }
  return { prerequisites, steps: [...removals, ...additions] };
}
