import { createHash } from 'node:crypto';
import { txtData, type RecordType } from '../../dns/record-set.js';
import { recordTypes } from '../../dns/wire/record-data.js';
import type { SetState } from './zone-state.js';

/** What the mark of a name says. */
export interface Mark {
  readonly owner: string;
  /** The types of the records that the owner has at this name. */
  readonly types: readonly RecordType[];
}

/**
 * The data of the TXT record that is the mark of a name. It names the owner and the types, and changes with every record: an update that
 * expects a certain mark fails after another writer with the same owner has changed the name.
 *
 * @param sets the records that the owner has at this name; not empty
 */
export function writeMark(owner: string, sets: ReadonlyMap<RecordType, SetState>): string {
  const ordered = recordTypes.flatMap((type) => {
    const set = sets.get(type);
    return set ? [[type, set.ttl, set.data] as const] : [];
  });
  const digest = createHash('sha256').update(JSON.stringify(ordered)).digest('hex').slice(0, 16);
  const types = ordered.map(([type]) => type).join(',');
  return txtData(['heritage=rollcall', `owner=${owner}`, `types=${types}`, `digest=${digest}`]).text;
}

/** Undefined: this is no mark of rollcall. */
export function readMark(data: string): Mark | undefined {
  const [, owner, types] =
    /^"heritage=rollcall" "owner=([A-Za-z0-9._-]+)" "types=([A-Z,]+)" "digest=[0-9a-f]{16}"$/.exec(data) ?? [];
  if (owner === undefined || types === undefined) return undefined;
  const named = types.split(',');
  return { owner, types: recordTypes.filter((type) => named.includes(type)) };
}
