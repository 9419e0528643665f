/** Looks a field of a registration up. Undefined when it is absent, null or an empty text. */
type FieldReader = (record: object) => unknown;

/**
 * Reads fields by their names: of each field the first name that is there and not empty; each also with a capital first
 * letter, as Go writes fields without tags. Only the object's own fields count, so `constructor` and `__proto__` are names
 * like any other. A field that has no value is not in the answer.
 */
export function readNames<F extends string>(
  fields: Readonly<Partial<Record<F, readonly string[]>>>,
): (record: object) => Partial<Record<F, unknown>> {
  const spellings = new Map<F, readonly string[]>();
  const meant = new Map<string, F>();
  for (const [field, names] of Object.entries(fields) as [F, readonly string[]][]) {
    const all = names.flatMap((name) => [name, name.slice(0, 1).toUpperCase() + name.slice(1)]);
    spellings.set(field, all);
    for (const name of all) meant.set(name, field);
  }
  return (record) => {
    const values: Partial<Record<F, unknown>> = {};
    // Through the few names that the object has, rather than the many that could be in it.
    for (const name of Object.keys(record)) {
      const field = meant.get(name);
      const value = field === undefined ? undefined : own(record, name);
      if (field === undefined || value === undefined) continue;
      values[field] = values[field] === undefined ? value : first(record, spellings.get(field) ?? []);
    }
    return values;
  };
}

function first(record: object, names: readonly string[]): unknown {
  for (const name of names) {
    const value = own(record, name);
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
