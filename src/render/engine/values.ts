import { Traced } from './traced.js';

/**
 * Makes a context that differs from the outer one: wraps text, numbers and booleans, and copies an object that equals the outer context.
 * Handlebars compares contexts, and `../` would skip a block whose context equals the outer one.
 */
export function wrapContext(item: unknown, outer: unknown): unknown {
  if (typeof item === 'string' || typeof item === 'number' || typeof item === 'boolean') return Object(item) as unknown;
  if (typeof item !== 'object' || item === null || item !== outer) return item;
  return Array.isArray(item) ? [...(item as unknown[])] : Object.assign(Object.create(null), item);
}

/** Undoes `wrapContext` for text, numbers and booleans, and takes the value out of a traced one. */
export function unwrap(value: unknown): unknown {
  if (typeof value !== 'object') return value;
  if (value instanceof Traced) return value.value;
  return value instanceof String || value instanceof Number || value instanceof Boolean ? value.valueOf() : value;
}

/** Reads a path of own properties; undefined when one is missing. */
export function readPath(from: unknown, parts: readonly string[]): unknown {
  let value = from;
  for (const part of parts) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value;
}
