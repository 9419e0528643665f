import { isScoped } from '../ast.js';
import type { Block, Expression, Hash, Partial, Path, Program, Statement } from '../ast.js';

/** What the body of an `{{#each}}` reads besides its item, found in its tree and in the partials that it calls. */
export interface Reads {
  /** Paths as they would be written right before the `{{#each}}`. */
  readonly outer: readonly Path[];
  /** Its own `@index` or `@key`, or the block parameter for them. */
  readonly index: boolean;
  readonly first: boolean;
  readonly last: boolean;
}

/** Where the values of a context come from. */
interface Context {
  /** Absent: from the item, or from something whose reading was noted. */
  readonly path?: Path;
  /** Names that a partial's call has put before those of the path. */
  readonly hidden: ReadonlySet<string>;
}

/** What names mean at some point of the body. */
interface Place {
  /** Entered within the body, innermost first; what lies further out is outside the body. */
  readonly contexts: readonly [Context, ...Context[]];
  /** Block parameters declared within the body: true for the item's own index. */
  readonly params: ReadonlyMap<string, boolean>;
  /** Number of loops entered within the body. */
  readonly loops: number;
  /** Block parameters from around the body. */
  readonly around: ReadonlySet<string>;
  /** In a partial, where nothing lies further out. */
  readonly closed: boolean;
}

interface Notes {
  readonly partials: ReadonlyMap<string, Program>;
  readonly active: Set<string>;
  readonly outer: Map<string, Path>;
  index: boolean;
  first: boolean;
  last: boolean;
}

const own: Context = { hidden: new Set() };

/** Thrown when what a body reads cannot be told. */
class Unclear extends Error {}

/**
 * What the body of an `{{#each}}` reads, or undefined when that cannot be told. Helpers that look at the view are not in
 * it: what they saw is noted while they run.
 *
 * @param partials by the id that calls carry.
 * @param around the block parameters that are known where the `{{#each}}` stands.
 */
export function readsOf(
  body: Program,
  partials: ReadonlyMap<string, Program>,
  around: ReadonlySet<string>,
): Reads | undefined {
  const notes: Notes = { partials, active: new Set(), outer: new Map(), index: false, first: false, last: false };
  const [item, key] = body.blockParams ?? [];
  const params = new Map<string, boolean>();
  if (item !== undefined) params.set(item, false);
  if (key !== undefined) params.set(key, true);
  try {
    readProgram(notes, { contexts: [own], params, around, loops: 0, closed: false }, body);
  } catch (error) {
    if (error instanceof Unclear) return undefined;
    throw error;
  }
  const { outer, index, first, last } = notes;
  return { outer: [...outer.values()], index, first, last };
}

function readProgram(notes: Notes, place: Place, program: Program | undefined): void {
  for (const statement of program?.body ?? []) readStatement(notes, place, statement);
}

function readStatement(notes: Notes, place: Place, node: Statement): void {
  switch (node.type) {
    case 'ContentStatement':
    case 'CommentStatement':
    case 'DecoratorBlock':
      return;
    case 'MustacheStatement':
      readArguments(notes, place, node.params, node.hash);
      // A call's own name is no path.
      if (node.params.length === 0 && node.path.type === 'PathExpression') readExpression(notes, place, node.path);
      return;
    case 'BlockStatement':
      readBlock(notes, place, node);
      return;
    case 'PartialStatement':
      readPartial(notes, place, node);
      return;
    case 'PartialBlockStatement':
    case 'Decorator':
      throw new Unclear();
  }
}

function readArguments(notes: Notes, place: Place, params: readonly Expression[], hash: Hash | undefined): void {
  for (const param of params) readExpression(notes, place, param);
  for (const { value } of hash?.pairs ?? []) readExpression(notes, place, value);
}

function readExpression(notes: Notes, place: Place, node: Expression): void {
  if (node.type === 'SubExpression') readArguments(notes, place, node.params, node.hash);
  if (node.type !== 'PathExpression') return;
  const { path } = contextAt(notes, place, node);
  if (path !== undefined) notes.outer.set(JSON.stringify([path.data, path.depth, path.parts, isScoped(path)]), path);
}

function readBlock(notes: Notes, place: Place, node: Block): void {
  readArguments(notes, place, node.params, node.hash);
  readProgram(notes, place, node.inverse);
  const name = node.path.type === 'PathExpression' ? node.path.original : '';
  if (name !== 'each' && name !== 'with') {
    readProgram(notes, place, node.program);
    return;
  }
  const declared = (node.program?.blockParams ?? []).map((param): [string, boolean] => [param, false]);
  const inner: Place = {
    ...place,
    contexts: [own, ...place.contexts],
    params: new Map([...place.params, ...declared]),
    loops: place.loops + (name === 'each' ? 1 : 0),
  };
  readProgram(notes, inner, node.program);
}

/** A partial may be given a context as large as the view and read little of it: only what it reads is noted. */
function readPartial(notes: Notes, place: Place, node: Partial): void {
  const program = notes.partials.get(node.called ?? '');
  if (program === undefined || node.called === undefined || notes.active.has(node.called)) throw new Unclear();
  const [param] = node.params;
  let context: Context = place.contexts[0];
  if (param?.type === 'PathExpression') context = contextAt(notes, place, param);
  else if (param !== undefined) {
    readExpression(notes, place, param);
    context = own;
  }
  readArguments(notes, place, [], node.hash);
  const hidden = new Set([...context.hidden, ...(node.hash?.pairs ?? []).map(({ key }) => key)]);
  notes.active.add(node.called);
  const contexts: Place['contexts'] = [{ ...context, hidden }];
  const inner: Place = { contexts, params: new Map(), around: new Set(), loops: place.loops, closed: true };
  readProgram(notes, inner, program);
  notes.active.delete(node.called);
}

/** Where what a path leads to comes from. */
function contextAt(notes: Notes, place: Place, path: Path): Context {
  if (path.data) return dataAt(notes, place, path);
  const [first] = path.parts;
  if (first !== undefined && path.depth === 0 && !isScoped(path)) {
    const isIndex = place.params.get(first);
    if (isIndex !== undefined) {
      notes.index ||= isIndex;
      return own;
    }
    if (place.around.has(first)) return { path, hidden: own.hidden };
  }
  const context = place.contexts[path.depth];
  if (context === undefined) {
    if (place.closed) throw new Unclear();
    // It begins with `../`, so that it is never taken for a block parameter.
    return { path: { ...path, depth: path.depth - place.contexts.length }, hidden: own.hidden };
  }
  if (context.path === undefined) return own;
  if (first === undefined) return context;
  if (context.hidden.has(first)) return own;
  return { path: { ...context.path, parts: [...context.path.parts, ...path.parts] }, hidden: own.hidden };
}

function dataAt(notes: Notes, place: Place, path: Path): Context {
  const [name] = path.parts;
  if (name === 'root') return { path: { ...path, depth: 0 }, hidden: own.hidden };
  const depth = path.depth - place.loops;
  if (depth > 0) return { path: { ...path, depth: depth - 1 }, hidden: own.hidden };
  if (depth === 0) {
    notes.index ||= name === 'index' || name === 'key';
    notes.first ||= name === 'first';
    notes.last ||= name === 'last';
  }
  return own;
}
