import { compareText } from '../../model/order.js';
import type { Change } from '../../ports/output.js';
import type { DesiredRecords } from './desired.js';

export interface ObservedRecord {
  readonly value: string;
  /** Decimal int64. */
  readonly modRevision: string;
  /** Decimal int64; `'0'`: none. */
  readonly lease: string;
  /** The value names our owner. */
  readonly ours: boolean;
}

/** All keys below the target's domain, and below its earlier domains, by key. */
export interface ObservedRecords {
  readonly records: ReadonlyMap<string, ObservedRecord>;
  /** The lease that the target's keys must have, `'0'` for none. Undefined: any. */
  readonly lease?: string | undefined;
}

/** The output is the key. */
export interface RecordChange extends Change {
  /** The observed value; null: there is no such key. */
  readonly before: string | null;
  /** Decimal int64; `'0'`: there is no such key. */
  readonly modRevision: string;
  /** Null: delete the key. */
  readonly after: string | null;
}

/** Sorted by key. It never contains a key with another owner, even if the key is desired. */
export function diffSkydns(
  { records: desired }: DesiredRecords,
  { records: observed, lease }: ObservedRecords,
): readonly RecordChange[] {
  const changes: RecordChange[] = [];
  for (const [output, after] of desired) {
    const there = observed.get(output);
    const bytes = Buffer.byteLength(after);
    if (!there) changes.push({ action: 'create', output, bytes, before: null, modRevision: '0', after });
    else if (there.ours && (there.value !== after || (lease !== undefined && there.lease !== lease))) {
      const { value: before, modRevision } = there;
      changes.push({ action: 'update', output, bytes, before, modRevision, after });
    }
  }
  for (const [output, { value: before, modRevision, ours }] of observed)
    if (ours && !desired.has(output))
      changes.push({ action: 'delete', output, bytes: 0, before, modRevision, after: null });
  return changes.sort((a, b) => compareText(a.output, b.output));
}

/** Desired keys that exist with another owner. */
export function conflictsOf(
  { records: desired }: DesiredRecords,
  { records: observed }: ObservedRecords,
): readonly string[] {
  return [...desired.keys()].filter((key) => observed.get(key)?.ours === false);
}
