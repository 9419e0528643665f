import type { RecordType } from '../../dns/record-set.js';
import { compareText } from '../../model/order.js';
import { isSame } from './same-set.js';
import type { Change } from '../../ports/output.js';
import type { DesiredName } from './desired.js';
import { readMark, writeMark } from './mark.js';
import type { NameState, SetState } from './zone-state.js';
import { emptyName } from './zone-state.js';

/** What decides which records may be changed. */
export interface OwnershipOptions {
  readonly owner: string;
  readonly policy: 'sync' | 'upsert-only';
}

/** One set of records that differs. The output is `NAME TYPE`. */
export interface RecordChange extends Change {
  readonly zone: string;
  readonly name: string;
  readonly type: RecordType;
  /** Null: there is no such record. */
  readonly before: SetState | null;
  /** Null: remove them. */
  readonly after: SetState | null;
  /** The mark of the name, for all its changes together. */
  readonly mark: { readonly before: string | null; readonly after: string | null };
}

/** What is to be done at one name. */
export interface NameDifference {
  readonly changes: readonly RecordChange[];
  /** Desired outputs that exist and are not the owner's. */
  readonly conflicts: readonly string[];
}

/** What of a desired and an observed name differs. Records that the mark does not give to this owner are left as they are. */
export function diffName(
  name: string,
  wanted: DesiredName | undefined,
  found: NameState | undefined,
  { owner, policy }: OwnershipOptions,
): NameDifference {
  const zone = wanted?.zone ?? found?.zone ?? '';
  const { marks, sets, hasOthers } = found ?? emptyName(zone);
  const [markText] = marks;
  const mark = markText === undefined ? undefined : readMark(markText);
  const wantedSets = wanted?.sets ?? [];
  if (marks.length > 1 || (markText !== undefined && mark?.owner !== owner))
    return { changes: [], conflicts: wantedSets.map(({ type }) => `${name} ${type}`) };

  const owned = new Set(mark?.types ?? []);
  const removed = [...owned].filter((type) => !wantedSets.some((set) => set.type === type));
  const after = new Map<RecordType, SetState>();
  const changes: Omit<RecordChange, 'mark'>[] = [];
  const conflicts: string[] = [];
  const head = (type: RecordType) => ({ output: `${name} ${type}`, zone, name, type });
  const stays = new Set([...sets.keys()].filter((type) => !owned.has(type)));
  for (const type of removed) {
    const there = sets.get(type);
    if (policy === 'upsert-only' && there) {
      after.set(type, there);
      stays.add(type);
    } else changes.push({ ...head(type), action: 'delete', bytes: 0, before: there ?? null, after: null });
  }
  for (const { type, ttl, data } of wantedSets) {
    // RFC 1034 section 3.6.2: an alias has no other records.
    const isBeside = type === 'CNAME' ? stays.size > 0 || hasOthers : stays.has('CNAME');
    if (isBeside || stays.has(type)) {
      conflicts.push(`${name} ${type}`);
      continue;
    }
    const set = { ttl, data };
    const there = sets.get(type) ?? null;
    after.set(type, set);
    const bytes = data.join('\n').length;
    if (there === null) changes.push({ ...head(type), action: 'create', bytes, before: null, after: set });
    else if (!isSame(there, set)) changes.push({ ...head(type), action: 'update', bytes, before: there, after: set });
  }
  const next = { before: markText ?? null, after: after.size === 0 ? null : writeMark(owner, after) };
  return { changes: changes.map((change) => ({ ...change, mark: next })), conflicts };
}

/** All changes, sorted by output, and all conflicts. */
export function diffNames(
  wanted: ReadonlyMap<string, DesiredName>,
  found: ReadonlyMap<string, NameState>,
  names: Iterable<string>,
  options: OwnershipOptions,
): NameDifference {
  const changes: RecordChange[] = [];
  const conflicts: string[] = [];
  for (const name of names) {
    const difference = diffName(name, wanted.get(name), found.get(name), options);
    changes.push(...difference.changes);
    conflicts.push(...difference.conflicts);
  }
  return { changes: changes.sort((a, b) => compareText(a.output, b.output)), conflicts: conflicts.sort(compareText) };
}
