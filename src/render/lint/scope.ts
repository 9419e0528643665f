import type { Position, Program } from '../ast.js';
import type { SourceText } from '../problem.js';
import { any, number, present, string } from '../types.js';
import type { Struct, Type } from '../types.js';

/** An inline partial and where it was written. */
export interface Inline {
  readonly program: Program;
  readonly name: string;
  readonly at: Position;
  /** What is known where it is written: its file, and the other inline partials. */
  readonly scope: Scope;
}

/** What names mean at some point of a template. */
export interface Scope {
  /** The text that positions refer to. */
  readonly source: SourceText;
  /** `this` first, then what `../` leads to. */
  readonly contexts: readonly [Type, ...Type[]];
  readonly root: Struct;
  readonly blockParams: ReadonlyMap<string, Type>;
  /** The type of `@key` in each `{{#each}}` around, innermost first. */
  readonly loops: readonly Type[];
  readonly inlines: ReadonlyMap<string, Inline>;
  /** In a partial: where it is called. */
  readonly calledFrom?: string;
}

/** In the body of `{{#each}}` or `{{#with}}`. Block parameters hide equal names of outer ones. */
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

/** In the body of a partial: only its context, `@root` and the data of the loop around are left. */
export function enterPartial(scope: Scope, definition: Inline | SourceText, context: Type, calledFrom: string): Scope {
  const own = 'program' in definition ? definition.scope : { source: definition, inlines: new Map<string, Inline>() };
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

/** What `{{#each}}` makes of a value: its items and their keys; undefined when it is nothing to loop over. */
export function itemsOf(type: Type): { readonly item: Type; readonly key: Type } | undefined {
  const certain = present(type);
  if (certain.kind === 'list') return { item: certain.of, key: number };
  if (certain.kind === 'map') return { item: certain.of, key: string };
  if (certain.kind === 'any') return { item: any, key: any };
  return undefined;
}
