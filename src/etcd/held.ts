import type { EntryEvent } from '../model/entry.js';

/** What is kept of one answer of many parts, in units of `weightOf`, about bytes: 512 MiB. */
export const MOST_HELD = 512 << 20;

// The object of an entry and the heads of its texts.
const OVERHEAD = 200;

/** About the memory that an entry takes. */
export function weightOf({ key, value }: { readonly key: string; readonly value: string }): number {
  return OVERHEAD + key.length + value.length;
}

/** The same of an event. */
export function weightOfEvent(event: EntryEvent): number {
  return event.type === 'put' ? weightOf(event.entry) : weightOf({ key: event.key, value: '' });
}
