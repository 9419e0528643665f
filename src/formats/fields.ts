/** Reads one field of a registration. Undefined when the field is absent, null or an empty text. */
type FieldReader = (record: object) => unknown;

/**
 * Reads fields by their names. A field can have several names: the first name with a value counts. Each name is also accepted with a
 * capital first letter, as Go writes struct fields without tags. Only own properties count, so `constructor` and `__proto__` are ordinary
 * names. The result leaves out fields without a value (absent, null or an empty text).
 */
export function readNames<F extends string>(
  fields: Readonly<Partial<Record<F, readonly string[]>>>,
): (record: object) => Partial<Record<F, unknown>> {
  const spellings = new Map<F, readonly string[]>();
  const fieldOf = new Map<string, F>();
  for (const [field, names] of Object.entries(fields) as [F, readonly string[]][]) {
    const all = names.flatMap((name) => [name, name.slice(0, 1).toUpperCase() + name.slice(1)]);
    spellings.set(field, all);
    for (const name of all) fieldOf.set(name, field);
  }
  return (record) => {
    const values: Partial<Record<F, unknown>> = {};
    // An object has few names, and the format knows many: iterating over the object's names is faster.
    for (const name of Object.keys(record)) {
      const field = fieldOf.get(name);
      const value = field === undefined ? undefined : ownValue(record, name);
      if (field === undefined || value === undefined) continue;
      values[field] = values[field] === undefined ? value : firstValue(record, spellings.get(field) ?? []);
    }
    return values;
  };
}

function firstValue(record: object, names: readonly string[]): unknown {
  for (const name of names) {
    const value = ownValue(record, name);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** Reads a path of names and list positions separated by dots: `node.addresses.0.ip`. */
export function readPath(path: string): FieldReader {
  const names = path.split('.');
  return (record) => {
    let value: unknown = record;
    for (const name of names) {
      if (typeof value !== 'object' || value === null) return undefined;
      value = ownValue(value, name);
    }
    return value;
  };
}

function ownValue(record: object, name: string): unknown {
  if (!Object.hasOwn(record, name)) return undefined;
  const value: unknown = (record as Record<string, unknown>)[name];
  return value === null || value === '' ? undefined : value;
}
