import type { Position, Program } from '../ast.js';
import type { SourceText } from '../problem.js';
import { any, number, present, string } from '../types.js';
import type { Struct, Type } from '../types.js';

/** An inline partial and the position of its definition. */
export interface InlinePartial {
  readonly program: Program;
  readonly name: string;
  readonly at: Position;
  /** The scope of its definition: its file, and the other inline partials. */
  readonly scope: Scope;
}

/** The names in scope at a position of a template. */
export interface Scope {
  /** The text that positions refer to. */
  readonly source: SourceText;
  /** The type of `this`, then the types of `../`, `../../` and so on. */
  readonly contexts: readonly [Type, ...Type[]];
  readonly root: Struct;
  readonly blockParams: ReadonlyMap<string, Type>;
  /** The type of `@key` in each enclosing `{{#each}}`, innermost first. */
  readonly loops: readonly Type[];
  readonly inlines: ReadonlyMap<string, InlinePartial>;
  /** In a partial: the position of the call. */
  readonly calledFrom?: string;
}

/** The scope in the body of `{{#each}}` or `{{#with}}`. Its block parameters hide outer ones of the same name. */
export function enterBlock(
  scope: Scope,
  context: Type,
  params: readonly (readonly [string, Type])[],
  loopKey?: Type,
): Scope {
  return {
    ...scope,
    contexts: [context, ...scope.contexts],
    blockParams: params.length === 0 ? scope.blockParams : new Map([...scope.blockParams, ...params]),
    loops: loopKey === undefined ? scope.loops : [loopKey, ...scope.loops],
  };
}

/** The scope in the body of a partial. It has only the context of the call, `@root`, and the data of the innermost loop. */
export function enterPartial(
  scope: Scope,
  definition: InlinePartial | SourceText,
  context: Type,
  calledFrom: string,
): Scope {
  const own =
    'program' in definition ? definition.scope : { source: definition, inlines: new Map<string, InlinePartial>() };
  return {
    source: own.source,
    contexts: [context],
    root: scope.root,
    blockParams: new Map(),
    loops: scope.loops.slice(0, 1),
    inlines: own.inlines,
    calledFrom,
  };
}

/** The types of the items and keys that `{{#each}}` iterates over; undefined when the value is neither a list nor a map. */
export function itemsOf(type: Type): { readonly item: Type; readonly key: Type } | undefined {
  const certain = present(type);
  if (certain.kind === 'list') return { item: certain.of, key: number };
  if (certain.kind === 'map') return { item: certain.of, key: string };
  if (certain.kind === 'any') return { item: any, key: any };
  return undefined;
}
