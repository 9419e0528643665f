/** The keys to read: one key, or all keys that begin with a text. */
export type KeySelector = { readonly key: string } | { readonly prefix: string };

/**
 * The canonical spelling of a source's prefix. Its end decides which keys are read:
 *
 * | canonical | reads |
 * | --- | --- |
 * | `''` | every key |
 * | `/services/` | every key below this directory |
 * | `/services*` | every key that begins with the text before the star |
 * | `/config/app` | this one key |
 *
 * A prefix that ends in neither a slash nor a star means the directory: `/services` becomes `/services/`, so it never reads
 * `/services2/…`. The function is idempotent, except for a single key.
 *
 * @param exact the prefix is one whole key, which ends in neither a slash nor a star
 */
export function canonicalPrefix(prefix: string, exact = false): string {
  return exact || prefix === '' || prefix.endsWith('/') || prefix.endsWith('*') ? prefix : `${prefix}/`;
}

/** @param prefix canonical */
export function selectorOf(prefix: string): KeySelector {
  if (prefix === '' || prefix.endsWith('/')) return { prefix };
  return prefix.endsWith('*') ? { prefix: prefix.slice(0, -1) } : { key: prefix };
}

/**
 * The part of a key before its first segment: everything up to the last slash of the prefix. So segments are always whole, even
 * if the prefix ends within one (`/services/we*`).
 *
 * @param prefix canonical
 */
export function baseOf(prefix: string): string {
  return prefix.slice(0, prefix.lastIndexOf('/') + 1);
}

/** Whether the canonical prefix reads this key. */
export function isBelow(key: string, prefix: string): boolean {
  const selector = selectorOf(prefix);
  return 'key' in selector ? key === selector.key : key.startsWith(selector.prefix);
}

/** Describes the keys that the canonical prefix reads: `begins with /services/`. */
export function describePrefix(prefix: string): string {
  const selector = selectorOf(prefix);
  if ('key' in selector) return `is ${selector.key}`;
  return selector.prefix === '' ? 'is in the store' : `begins with ${selector.prefix}`;
}

/** The longest key that is shown whole, in UTF-16 code units. */
const shown = 512;

/** A key for logs, cut if it is long: the registrant chooses its length. */
export function clip(key: string): string {
  return key.length <= shown ? key : `${key.slice(0, shown)}… (${key.length} characters)`;
}
