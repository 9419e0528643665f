import type { EntryEvent } from '../model/entry.js';

/** The most that is held in memory of one answer in many parts, as `entrySize` counts it: 512 MiB. */
export const MAX_BUFFERED_BYTES = 512 << 20;

// The memory of an entry's object and the headers of its strings.
const OVERHEAD = 200;

/** The approximate memory of an entry, in bytes. */
export function entrySize({ key, value }: { readonly key: string; readonly value: string }): number {
  return OVERHEAD + key.length + value.length;
}

/** The approximate memory of an event, in bytes. */
export function eventSize(event: EntryEvent): number {
  return event.type === 'put' ? entrySize(event.entry) : entrySize({ key: event.key, value: '' });
}
