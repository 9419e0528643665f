import type { RecordType } from '../../dns/record-set.js';
import type { ZoneRecord } from '../../dns/client/questions.js';
import { typeNumbers } from '../../dns/wire/constants.js';
import { compareText } from '../../model/order.js';
import { nameOfMark } from './mark-name.js';

/** The records of one name and type in a zone. */
export interface SetState {
  /** Seconds. */
  readonly ttl: number;
  /** Sorted, as in `RecordSet.data`. */
  readonly data: readonly string[];
}

/** What a zone has at one name. */
export interface NameState {
  readonly zone: string;
  /** The data of the TXT records at the name of its mark. */
  readonly marks: readonly string[];
  readonly sets: ReadonlyMap<RecordType, SetState>;
  /** It has records of types that services never have. */
  readonly hasOthers: boolean;
}

/** A name without any record. */
export function emptyName(zone: string): NameState {
  return { zone, marks: [], sets: new Map(), hasOthers: false };
}

/** A signed zone has these beside others, even beside an alias (RFC 4034). */
const signing: ReadonlySet<number> = new Set([typeNumbers.RRSIG, typeNumbers.NSEC]);

/** The names of a zone. @param records some or all records of the zone, in any order; a record may be there twice */
export function groupByName(records: readonly ZoneRecord[], zone: string): Map<string, NameState> {
  const names = new Map<
    string,
    { marks: Set<string>; sets: Map<RecordType, { ttl: number; data: Set<string> }>; hasOthers: boolean }
  >();
  const at = (name: string) => {
    let state = names.get(name);
    if (!state) names.set(name, (state = { marks: new Set(), sets: new Map(), hasOthers: false }));
    return state;
  };
  for (const { name, type, typeNumber, ttl, data } of records) {
    if (type === undefined || data === undefined) {
      if (!signing.has(typeNumber)) at(name).hasOthers = true;
      continue;
    }
    const marked = type === 'TXT' ? nameOfMark(name) : undefined;
    if (marked !== undefined) {
      at(marked).marks.add(data);
      continue;
    }
    const { sets } = at(name);
    const set = sets.get(type);
    if (set) set.data.add(data);
    else sets.set(type, { ttl, data: new Set([data]) });
  }
  return new Map(
    [...names].map(([name, { marks, sets, hasOthers }]) => [
      name,
      {
        zone,
        hasOthers,
        marks: [...marks].sort(compareText),
        sets: new Map([...sets].map(([type, { ttl, data }]) => [type, { ttl, data: [...data].sort(compareText) }])),
      },
    ]),
  );
}
