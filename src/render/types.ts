/** The type of a value, as far as the lint knows it. */
export type Type = Scalar | Any | List | MapType | Struct | Optional;

export interface Scalar {
  readonly kind: 'string' | 'number' | 'boolean';
}

/** A type that is known only at run time, such as a value of `kv.tree`. The lint accepts every use of it. */
export interface Any {
  readonly kind: 'any';
}

export interface List {
  readonly kind: 'list';
  readonly of: Type;
}

/** A map whose keys are known only at run time, such as `metadata`. */
export interface MapType {
  readonly kind: 'map';
  readonly of: Type;
}

/** An object whose fields are all known. */
export interface Struct {
  readonly kind: 'struct';
  /** Equal names mean equal fields. */
  readonly name: string;
  readonly fields: Readonly<Record<string, Field>>;
  /** The file in which the operator adds a field. Default: the config. */
  readonly file?: string;
  /** For `vars` of a template that is rendered without a target: the targets that set a field, by the name of the field. */
  readonly setBy?: SetBy;
  /** The parts that `extendStruct` made it of. */
  readonly extended?: { readonly base: Struct; readonly added: Readonly<Record<string, Type>> };
}

/** Names of targets, by the name of a var that they set. */
export type SetBy = ReadonlyMap<string, readonly string[]>;

export interface Field {
  readonly type: Type;
  /** One sentence for docs/templates.md. */
  readonly doc: string;
}

/** A value that may be missing. A template must test it with `#if` or `#with`. */
export interface Optional {
  readonly kind: 'optional';
  readonly of: Type;
}

export const any: Any = { kind: 'any' };
export const string: Scalar & { kind: 'string' } = { kind: 'string' };
export const number: Scalar & { kind: 'number' } = { kind: 'number' };
export const boolean: Scalar & { kind: 'boolean' } = { kind: 'boolean' };

/** The type in words, for messages: `a list of Instance`. */
export function describeType(type: Type): string {
  switch (type.kind) {
    case 'string':
      return 'text';
    case 'number':
      return 'a number';
    case 'boolean':
      return 'true or false';
    case 'any':
      return 'any value';
    case 'list':
      return `a list of ${nameOf(type.of)}`;
    case 'map':
      return `a map of ${nameOf(type.of)}`;
    case 'struct':
      return type.name;
    case 'optional':
      return `${describeType(type.of)}, or nothing`;
  }
}

function nameOf(type: Type): string {
  if (type.kind === 'any') return 'values';
  return type.kind === 'number' ? 'numbers' : describeType(type);
}

/** A text that is equal for types that allow the same uses. */
export function keyOf(type: Type): string {
  switch (type.kind) {
    case 'list':
    case 'map':
    case 'optional':
      return `${type.kind}<${keyOf(type.of)}>`;
    case 'struct':
      return `{${type.name}}`;
    case 'string':
    case 'number':
    case 'boolean':
    case 'any':
      return type.kind;
  }
}

/** The type of the value when it is not missing. */
export function present(type: Type): Type {
  return type.kind === 'optional' ? present(type.of) : type;
}

/** A struct with fields added or replaced, as the hash of a partial's call does. */
export function extendStruct(struct: Struct, hash: Readonly<Record<string, Type>>): Struct {
  const base = struct.extended?.base ?? struct;
  const added = { ...struct.extended?.added, ...hash };
  const entries = Object.entries(added).sort(([a], [b]) => (a < b ? -1 : 1));
  const shown = entries.map(([name, type]) => `${name}: ${keyOf(type)}`);
  const fields = entries.map(([name, type]): [string, Field] => [name, { type, doc: '' }]);
  return {
    kind: 'struct',
    name: `${base.name} with ${shown.join(', ')}`,
    fields: { ...base.fields, ...Object.fromEntries(fields) },
    extended: { base, added },
  };
}

/** The type of a known value, such as the config's `vars`. */
export function typeOfValue(value: unknown, name: string): Type {
  if (typeof value === 'string') return string;
  if (typeof value === 'number') return number;
  if (typeof value === 'boolean') return boolean;
  if (Array.isArray(value)) return { kind: 'list', of: commonType(value, name) };
  if (typeof value !== 'object' || value === null) return any;
  const fields = Object.entries(value).map(([key, inner]) => [
    key,
    { type: typeOfValue(inner, `${name}.${key}`), doc: '' },
  ]);
  return { kind: 'struct', name, fields: Object.fromEntries(fields) as Record<string, Field> };
}

function commonType(values: readonly unknown[], name: string): Type {
  const types = values.map((value, index) => typeOfValue(value, `${name}.${index}`));
  const [first, ...others] = types;
  if (first === undefined || first.kind === 'struct') return any;
  return others.every((type) => keyOf(type) === keyOf(first)) ? first : any;
}
