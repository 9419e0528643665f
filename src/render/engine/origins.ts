import { groupDigits } from '../../model/group-digits.js';
import type { Pair } from '../../model/pair.js';
import { quoteKey } from '../quote-key.js';
import type { KeyOrigin } from './traced.js';

/** How many keys a message names. */
const maxNamed = 3;

/**
 * Of the keys that a text is made from, those to blame for its refusal: the keys with exactly this text, else those whose own text is refused
 * too, else all if they are few.
 */
export function findBlamed(
  origins: readonly KeyOrigin[],
  text: string,
  isRefused: (text: string) => boolean,
): readonly KeyOrigin[] {
  const same = origins.filter((origin) => origin.text === text);
  if (same.length > 0) return same;
  const refused = origins.filter((origin) => origin.text !== undefined && isRefused(origin.text));
  return refused.length > 0 ? refused : onlyFew(origins);
}

/** No keys when there are so many that naming them says nothing. */
export function onlyFew(origins: readonly KeyOrigin[]): readonly KeyOrigin[] {
  return origins.length > maxNamed ? [] : origins;
}

/**
 * A sentence that names the keys, without their values: `The value comes from the key "/shop/motd"`. Undefined without a key.
 * @param pairs the keys of the view: a path of `kv.tree` becomes the whole key when it is certain.
 */
export function describeOrigins(origins: readonly KeyOrigin[], pairs: readonly Pair[]): string | undefined {
  const missing = origins.filter(({ text }) => text === undefined);
  const blamed = missing.length > 0 ? missing : origins;
  if (blamed.length === 0) return undefined;
  const names = blamed.slice(0, maxNamed).map((origin) => nameOf(origin, pairs));
  const more = blamed.length - names.length;
  const listed = [...names, ...(more > 0 ? [`${groupDigits(more)} more`] : [])];
  const last = listed.pop() ?? '';
  const all = listed.length === 0 ? last : `${listed.join(', ')} and ${last}`;
  return missing.length > 0 ? `There is no ${all}` : `The value comes from the ${all}`;
}

function nameOf(origin: KeyOrigin, pairs: readonly Pair[]): string {
  const { key, source } = origin;
  const whole = source === undefined ? key : findWholeKey(origin, pairs);
  return whole === undefined ? `key ${quoteKey(key)} of the source ${source}` : `key ${quoteKey(whole)}`;
}

/** The view does not hold the prefixes of sources. One key that ends in the path, with the same value, is the key. */
function findWholeKey({ key, text }: KeyOrigin, pairs: readonly Pair[]): string | undefined {
  if (text === undefined) return undefined;
  const fitting = pairs.filter((pair) => pair.value === text && (pair.key === key || pair.key.endsWith(`/${key}`)));
  return fitting.length === 1 ? fitting[0]?.key : undefined;
}
