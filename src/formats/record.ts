import type { Refusal } from '../model/format.js';
import type { ServiceKey } from './keys/locate.js';
import { refuse } from './values.js';

/** Longest value looked at, in UTF-16 code units. */
const longest = 262_144;

/** A value that is a JSON object. */
export function parseObject(value: string): { readonly object: object } | Refusal {
  if (value.length > longest) return refuse('not-recognised', `the value is longer than ${longest} characters`);
  const text = value.trim();
  if (text === '') return refuse('not-recognised', 'the value is empty');
  if (!text.startsWith('{')) return refuse('not-recognised', 'the value is no JSON object');
  try {
    return { object: JSON.parse(text) as object };
  } catch {
    return refuse('not-recognised', 'the value is not valid JSON');
  }
}

/**
 * The place by the key, or by the name in the value where the source trusts it; refused where the two disagree and it does
 * not. A name that equals the id names the instance, not the service: some writers do that.
 */
export function checkName(place: ServiceKey, name: unknown, trustValue: boolean): ServiceKey | Refusal {
  if (typeof name !== 'string' || name === place.service || name === place.id) return place;
  if (trustValue) return { service: name, id: place.id };
  return refuse('name-mismatch', 'the value names another service than its key');
}
