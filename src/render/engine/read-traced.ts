import type { Tracer } from './tracer.js';
import { unwrap } from './values.js';

/** Reads a path of own properties, with their origins; undefined when one is missing. */
export function readTraced(from: unknown, parts: readonly string[], tracer: Tracer): unknown {
  let value = from;
  for (const part of parts) {
    const container = unwrap(value);
    if (typeof container !== 'object' || container === null) return undefined;
    const inner = Object.hasOwn(container, part) ? (container as Record<string, unknown>)[part] : undefined;
    value = tracer.read(container, part, inner);
  }
  return value;
}
