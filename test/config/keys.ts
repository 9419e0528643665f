import type * as z from 'zod';

type Schema = z.core.$ZodType;
type Def = z.core.$ZodTypes['_zod']['def'];

/** One key of the config, as the schema has it. */
export interface SchemaKey {
  /** `targets[].files[].path`; `NAME` stands for keys that the user chooses. */
  readonly path: string;
  /** As written in a config; undefined without a default. */
  readonly default: unknown;
  /** True when the map that it belongs to is not valid without it, whatever else stands there. */
  readonly required: boolean;
}

/** Every key that a schema allows, in its order. A key of several alternatives stands once. */
export function keysOf(root: Schema): SchemaKey[] {
  const keys = new Map<string, SchemaKey>();
  collect(root, '', keys);
  return [...keys.values()];
}

function collect(schema: Schema, path: string, keys: Map<string, SchemaKey>): void {
  const def = schema._zod.def as Def;
  if (def.type === 'union') for (const option of def.options) collect(option, path, keys);
  else if (def.type === 'pipe') collect((def.in._zod.def as Def).type === 'transform' ? def.out : def.in, path, keys);
  else if (def.type === 'array') collect(def.element, `${path}[]`, keys);
  else if (def.type === 'record') {
    const inner = `${path}.NAME`;
    keys.set(inner, keys.get(inner) ?? { path: inner, default: undefined, required: false });
    collect(def.valueType, inner, keys);
  } else if (def.type === 'object') {
    for (const [key, value] of Object.entries(def.shape)) {
      const inner = path === '' ? key : `${path}.${key}`;
      keys.set(inner, keys.get(inner) ?? { path: inner, ...defaultOf(value) });
      collect(value, inner, keys);
    }
  } else if ('innerType' in def) collect(def.innerType, path, keys);
}

function defaultOf(schema: Schema): { default: unknown; required: boolean } {
  const def = schema._zod.def as Def;
  if (def.type === 'default' || def.type === 'prefault') return { default: def.defaultValue, required: false };
  return { default: undefined, required: def.type !== 'optional' };
}
