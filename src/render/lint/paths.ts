import { adviseTarget, placeOfVar } from '../vars/advise-target.js';
import { nearest } from '../../model/suggest.js';
import { isScoped } from '../ast.js';
import type { Path } from '../ast.js';
import { blockHelpers, helpers } from '../helpers/registry.js';
import { adviseEnv } from '../helpers/values.js';
import { any, boolean, describeType, number } from '../types.js';
import type { Struct, Type } from '../types.js';
import { suggestForPorted } from './ported.js';
import type { Scope } from './scope.js';

/** A mistake in a path. */
export interface PathMistake {
  readonly message: string;
  readonly hint?: string;
}

/** The type of the value at a path, or the mistake in the path. */
export function resolvePath(path: Path, scope: Scope): Type | PathMistake {
  if (path.data) return resolveData(path, scope);
  const [first, ...others] = path.parts;
  if (first !== undefined && path.depth === 0 && !isScoped(path)) {
    const param = scope.blockParams.get(first);
    if (param !== undefined) return follow(param, others, first);
  }
  const context = scope.contexts[path.depth];
  if (context === undefined) return explainDepth(path, scope);
  if (first === undefined) return context;
  if (context.kind === 'struct' && !Object.hasOwn(context.fields, first))
    return unknownName(first, path, context, scope);
  return follow(context, path.parts, '../'.repeat(path.depth) || 'this');
}

export function isMistake(found: Type | PathMistake): found is PathMistake {
  return 'message' in found;
}

function resolveData(path: Path, scope: Scope): Type | PathMistake {
  const [name = '', ...others] = path.parts;
  if (name === 'root') return follow(scope.root, others, '@root');
  const types: Readonly<Record<string, Type>> = { index: number, first: boolean, last: boolean };
  const known = ['root', 'index', 'key', 'first', 'last'];
  if (!known.includes(name)) return mistake(`there is no @${name}`, suggest(name, known, '@'));
  const key = scope.loops[path.depth];
  if (key === undefined)
    return mistake(`@${name} outside {{#each}}`, 'Only {{#each}} sets @index, @key, @first and @last.');
  return follow(name === 'key' ? key : (types[name] ?? any), others, `@${name}`);
}

function follow(from: Type, parts: readonly string[], start: string): Type | PathMistake {
  let type = from;
  let walked = start;
  for (const part of parts) {
    const inner = stepInto(type, part, walked);
    if (isMistake(inner)) return inner;
    type = inner;
    walked = walked === 'this' || walked.endsWith('/') ? part : `${walked}.${part}`;
  }
  return type;
}

function stepInto(type: Type, part: string, walked: string): Type | PathMistake {
  switch (type.kind) {
    case 'any':
      return any;
    case 'map':
      return type.of;
    case 'list':
      if (/^\d+$/.test(part)) return type.of;
      if (part === 'length') return number;
      return mistake(`${walked} is ${describeType(type)} and has no "${part}"`, 'Loop over it with {{#each}}.');
    case 'struct': {
      if (Object.hasOwn(type.fields, part)) return type.fields[part]?.type ?? any;
      const names = Object.keys(type.fields);
      return mistake(`${type.name} has no "${part}"`, suggest(part, names) ?? adviseMissing(type, part, names));
    }
    case 'optional':
      return mistake(`${walked} may be missing`, 'Test it with {{#with}} first.');
    case 'string':
    case 'number':
    case 'boolean':
      return mistake(`${walked} is ${describeType(type)} and has no "${part}"`);
  }
}

function adviseMissing({ name, file, setBy }: Struct, part: string, names: readonly string[]): string {
  if (name === 'vars')
    return `Set it ${placeOfVar(file, setBy)} (vars: {${part}: …}), or declare a default in the template's head comment: vars.${part} = "".${adviseTarget(part, setBy)}`;
  if (name === 'env') return adviseEnv(part, file);
  return names.length === 0 ? `${name} is empty.` : `It has: ${names.join(', ')}.`;
}

function unknownName(name: string, path: Path, context: Type & { kind: 'struct' }, scope: Scope): PathMistake {
  const message = `${context.name} has no "${name}"`;
  const names = Object.keys(context.fields);
  if (context.name === 'vars' || context.name === 'env') return mistake(message, adviseMissing(context, name, names));
  const outer = scope.contexts.findIndex((type) => type.kind === 'struct' && Object.hasOwn(type.fields, name));
  if (outer > path.depth)
    return mistake(
      message,
      `Write ${'../'.repeat(outer)}${name}, which is one of ${describeType(scope.contexts[outer] ?? any)}.`,
    );
  if (Object.hasOwn(scope.root.fields, name)) return mistake(message, `Write @root.${name}.`);
  const candidates =
    path.depth === 0 ? [...names, ...scope.blockParams.keys(), ...helpers.keys(), ...blockHelpers.keys()] : names;
  const advice = suggestForPorted(name) ?? suggest(name, candidates) ?? adviseMissing(context, name, names);
  return mistake(message, advice);
}

function explainDepth(path: Path, scope: Scope): PathMistake {
  if (scope.calledFrom === undefined)
    return mistake(`"${path.original}" leads out of the template`, 'Remove a ../: fewer blocks are around this tag.');
  const name = path.parts.join('.') || 'value';
  return mistake(
    `"${path.original}" leads out of the partial`,
    `Pass it in: {{> partial ${name}=${name}}}, or use @root.`,
  );
}

/** `Did you mean x?`, or undefined when no name is similar. */
export function suggest(name: string, candidates: readonly string[], before = ''): string | undefined {
  const meant = nearest(name, candidates);
  return meant === undefined || meant === name ? undefined : `Did you mean ${before}${meant}?`;
}

function mistake(message: string, hint?: string): PathMistake {
  return hint === undefined ? { message } : { message, hint };
}
