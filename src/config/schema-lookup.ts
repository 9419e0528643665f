import type * as z from 'zod';
import type { ConfigPath } from './problem.js';

type Schema = z.core.$ZodType;
type Def = z.core.$ZodTypes['_zod']['def'];

/** The alternatives that a schema accepts, without the wrappers optional, default, transform and union. */
function alternativesOf(schema: Schema): Schema[] {
  const def = schema._zod.def as Def;
  if (def.type === 'union') return def.options.flatMap(alternativesOf);
  if (def.type === 'lazy') return alternativesOf(def.getter());
  // In a pipe that begins with a preprocess step, only the second part describes a shape.
  if (def.type === 'pipe') return alternativesOf((def.in._zod.def as Def).type === 'transform' ? def.out : def.in);
  return 'innerType' in def ? alternativesOf(def.innerType) : [schema];
}

/** The alternatives at a path of the config. Empty when the schema has no such path. */
export function schemasAt(root: Schema, path: ConfigPath): Schema[] {
  return path.reduce<Schema[]>(
    (schemas, segment) => schemas.flatMap((schema) => childrenOf(schema, segment)),
    alternativesOf(root),
  );
}

/** The keys of each strict object among the alternatives. */
export function keySets(schemas: readonly Schema[]): ReadonlySet<string>[] {
  return schemas.flatMap((schema) => {
    const def = schema._zod.def as Def;
    return def.type === 'object' ? [new Set(Object.keys(def.shape))] : [];
  });
}

/** The allowed values of the alternatives that are a fixed choice. */
export function literalsOf(schemas: readonly Schema[]): string[] {
  return schemas.flatMap((schema) => {
    const def = schema._zod.def as Def;
    if (def.type === 'enum') return Object.values(def.entries).map(String);
    return def.type === 'literal' ? def.values.map(String) : [];
  });
}

function childrenOf(schema: Schema, segment: string | number): Schema[] {
  const def = schema._zod.def as Def;
  if (def.type === 'array') return alternativesOf(def.element);
  if (def.type === 'record') return alternativesOf(def.valueType);
  if (def.type !== 'object') return [];
  const child = Object.hasOwn(def.shape, segment) ? def.shape[segment] : def.catchall;
  return child === undefined ? [] : alternativesOf(child);
}
