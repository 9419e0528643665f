/** Looks a field of a registration up. Undefined when it is absent, null or an empty text. */
export type FieldReader = (record: object) => unknown;

/**
 * Reads the first of several names that is there and not empty; each also with a capital first letter, as Go writes
 * fields without tags. Only the object's own fields count, so `constructor` and `__proto__` are names like any other.
 */
export function readNames(names: readonly string[]): FieldReader {
  const spellings = names.flatMap((name) => [name, name.slice(0, 1).toUpperCase() + name.slice(1)]);
  return (record) => {
    for (const name of spellings) {
      const value = own(record, name);
      if (value !== undefined) return value;
    }
    return undefined;
  };
}

/** Reads a path of names and list positions separated by dots: `node.addresses.0.ip`. */
export function readPath(path: string): FieldReader {
  const names = path.split('.');
  return (record) => {
    let value: unknown = record;
    for (const name of names) {
      if (typeof value !== 'object' || value === null) return undefined;
      value = own(value, name);
    }
    return value;
  };
}

function own(record: object, name: string): unknown {
  if (!Object.hasOwn(record, name)) return undefined;
  const value: unknown = (record as Record<string, unknown>)[name];
  return value === null || value === '' ? undefined : value;
}
