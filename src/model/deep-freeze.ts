/**
 * A deep-frozen copy of plain data. Objects get a null prototype, arrays stay arrays, other values stay as they are. Shared and
 * circular references are preserved.
 */
export function freezeCopy<T>(value: T): T {
  return copy(value, new Map()) as T;
}

function copy(value: unknown, done: Map<object, unknown>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const known = done.get(value);
  if (known !== undefined) return known;
  if (Array.isArray(value)) {
    const list: unknown[] = [];
    done.set(value, list);
    for (const item of value) list.push(copy(item, done));
    return Object.freeze(list);
  }
  const record = Object.create(null) as Record<string, unknown>;
  done.set(value, record);
  for (const [key, item] of Object.entries(value)) record[key] = copy(item, done);
  return Object.freeze(record);
}
