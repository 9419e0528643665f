import type { Refusal } from '../model/format.js';
import type { ServiceKey } from './keys/locate.js';
import { describeLook } from './look.js';
import { refuse } from './values.js';

/** Longest value that is parsed, in UTF-16 code units. */
const maxLength = 262_144;

/** Parses a value that must be a JSON object. Blanks around it are ignored. */
export function parseObject(value: string): { readonly object: object } | Refusal {
  if (value.length > maxLength) return refuse('not-recognised', `the value is longer than ${maxLength} characters`);
  const text = value.trim();
  if (text === '') return refuse('not-recognised', 'the value is empty');
  if (!text.startsWith('{')) {
    const look = describeLook(text);
    return refuse('not-recognised', `the value is ${look === undefined ? '' : `${look}, `}not a JSON object`);
  }
  try {
    return { object: JSON.parse(text) as object };
  } catch {
    return refuse('not-recognised', 'the value is not valid JSON');
  }
}

/**
 * The service and the id of a registration. The service is the key's. When the value names another service, the result depends on
 * `trustValue`: true takes the value's name, false refuses the registration. A name that equals the id is ignored, because some writers
 * put the instance's name in this field.
 */
export function resolveServiceKey(located: ServiceKey, name: unknown, trustValue: boolean): ServiceKey | Refusal {
  if (typeof name !== 'string' || name === located.service || name === located.id) return located;
  if (trustValue) return { service: name, id: located.id };
  return refuse('name-mismatch', 'the value names another service than its key');
}
