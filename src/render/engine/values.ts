/**
 * Plain text and numbers that are the context of a block are wrapped, and an object that is its own outer context is
 * copied: Handlebars tells contexts apart by comparing them, and would take two equal ones for one block in `../`.
 */
export function wrapContext(item: unknown, outer: unknown): unknown {
  if (typeof item === 'string' || typeof item === 'number' || typeof item === 'boolean') return Object(item) as unknown;
  if (typeof item !== 'object' || item === null || item !== outer) return item;
  return Array.isArray(item) ? [...(item as unknown[])] : Object.assign(Object.create(null), item);
}

export function unwrap(value: unknown): unknown {
  if (typeof value !== 'object') return value;
  return value instanceof String || value instanceof Number || value instanceof Boolean ? value.valueOf() : value;
}

/** Follows own properties only; undefined as soon as one is missing. */
export function readPath(from: unknown, parts: readonly string[]): unknown {
  let value = from;
  for (const part of parts) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value;
}
