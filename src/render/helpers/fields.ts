import { nearest } from '../../model/suggest.js';
import { any, describeType, present } from '../types.js';
import type { List, Type } from '../types.js';
import type { Mistake } from './helper.js';

/** The type of a list with the same type of items. */
export function sameList(list: Type): List {
  const certain = present(list);
  return certain.kind === 'list' ? certain : { kind: 'list', of: any };
}

/** The type at a field path in the items of a list, or the mistake in the path. */
export function typeOfField(list: Type, path: string): Type | Mistake {
  return follow(sameList(list).of, path);
}

export function isMistake(found: Type | Mistake): found is Mistake {
  return 'message' in found;
}

function follow(type: Type, path: string): Type | Mistake {
  switch (type.kind) {
    case 'any':
      return any;
    case 'map':
      return type.of;
    case 'optional':
      return follow(type.of, path);
    case 'struct': {
      const whole = Object.hasOwn(type.fields, path) ? type.fields[path] : undefined;
      if (whole !== undefined) return whole.type;
      const [head, rest] = splitPath(path);
      const field = Object.hasOwn(type.fields, head) ? type.fields[head] : undefined;
      if (field !== undefined && rest !== undefined) return follow(field.type, rest);
      const names = Object.keys(type.fields);
      const meant = nearest(head, names);
      const hint = meant === undefined ? `It has: ${names.join(', ')}.` : `Did you mean ${meant}?`;
      return { message: `${type.name} has no field "${head}"`, hint };
    }
    case 'list':
    case 'string':
    case 'number':
    case 'boolean':
      return { message: `${describeType(type)} has no field "${path}"` };
  }
}

/** The value at a field path in an item; undefined when a part is missing. A key may contain dots. */
export function readField(item: unknown, path: string): unknown {
  if (typeof item !== 'object' || item === null) return undefined;
  if (Object.hasOwn(item, path)) return (item as Record<string, unknown>)[path];
  const [head, rest] = splitPath(path);
  if (rest === undefined || !Object.hasOwn(item, head)) return undefined;
  return readField((item as Record<string, unknown>)[head], rest);
}

function splitPath(path: string): readonly [string, string | undefined] {
  const dot = path.indexOf('.');
  return dot < 0 ? [path, undefined] : [path.slice(0, dot), path.slice(dot + 1)];
}
