import { isScoped } from '../ast.js';
import type { Block, Expression, Hash, Partial, Path, Program, Statement } from '../ast.js';

/** The values other than its item that the body of an `{{#each}}` reads, including the partials that it calls. */
export interface BodyReads {
  /** Paths, written relative to the context of the `{{#each}}` itself. */
  readonly outer: readonly Path[];
  /** The body reads its own `@index` or `@key`, or the block parameter for them. */
  readonly index: boolean;
  readonly first: boolean;
  readonly last: boolean;
}

/** The origin of the values in a context. */
interface Context {
  /** The path of the context. Absent: the values come from the item, or from a path that is already recorded. */
  readonly path?: Path;
  /** Names that the hash of a partial's call hides. */
  readonly hidden: ReadonlySet<string>;
}

/** The names in scope at a position of the body. */
interface NameScope {
  /** The contexts within the body, innermost first. */
  readonly contexts: readonly [Context, ...Context[]];
  /** Block parameters declared within the body. True: the parameter is the item's index. */
  readonly params: ReadonlyMap<string, boolean>;
  /** Number of enclosing loops within the body. */
  readonly loops: number;
  /** Block parameters declared outside the body. */
  readonly around: ReadonlySet<string>;
  /** In a partial: `../` cannot leave it. */
  readonly closed: boolean;
}

interface ReadCollector {
  readonly partials: ReadonlyMap<string, Program>;
  readonly active: Set<string>;
  readonly outer: Map<string, Path>;
  index: boolean;
  first: boolean;
  last: boolean;
}

const itemContext: Context = { hidden: new Set() };

const start = { line: 1, column: 0 };
/** The root itself, as a template would write it there. */
const rootPath: Path = {
  ...{ type: 'PathExpression', data: false, depth: 0, parts: [], original: 'this' },
  loc: { source: '', start, end: start },
};

/** Thrown when the reads of a body cannot be determined. */
class UnknownReads extends Error {}

/**
 * Finds the reads of the body of an `{{#each}}`; undefined when they cannot be determined. The result does not cover helpers that read the
 * view: the render cache records their calls while they run.
 *
 * @param partials by `Partial.copyId`.
 * @param around the block parameters that are in scope at the `{{#each}}`.
 */
export function findReads(
  body: Program,
  partials: ReadonlyMap<string, Program>,
  around: ReadonlySet<string>,
): BodyReads | undefined {
  const [item, key] = body.blockParams ?? [];
  const params = new Map<string, boolean>();
  if (item !== undefined) params.set(item, false);
  if (key !== undefined) params.set(key, true);
  const scope: NameScope = { contexts: [itemContext], params, around, loops: 0, closed: false };
  const reads = collectReads(body, partials, scope);
  return reads && { outer: [...reads.outer.values()], index: reads.index, first: reads.first, last: reads.last };
}

/**
 * The names of the root that a program reads, including the partials that it calls: `services`, `vars`. '' stands for the root itself.
 * Undefined when they cannot be determined. Helpers that read the view are not covered.
 *
 * @param partials by `Partial.copyId`.
 */
export function findRootReads(
  program: Program,
  partials: ReadonlyMap<string, Program>,
): ReadonlySet<string> | undefined {
  const root: Context = { path: rootPath, hidden: itemContext.hidden };
  const scope: NameScope = { contexts: [root], params: new Map(), around: new Set(), loops: 0, closed: true };
  const reads = collectReads(program, partials, scope);
  if (reads === undefined) return undefined;
  const names = [...reads.outer.values()].flatMap(({ data, parts: [first, second] }) => {
    if (!data) return [first ?? ''];
    return first === 'root' ? [second ?? ''] : [];
  });
  return new Set(names);
}

/** Undefined when the reads cannot be determined. */
function collectReads(
  program: Program,
  partials: ReadonlyMap<string, Program>,
  scope: NameScope,
): ReadCollector | undefined {
  const flags = { index: false, first: false, last: false };
  const reads: ReadCollector = { partials, active: new Set(), outer: new Map(), ...flags };
  try {
    readProgram(reads, scope, program);
    return reads;
  } catch (error) {
    if (error instanceof UnknownReads) return undefined;
    throw error;
  }
}

function readProgram(reads: ReadCollector, scope: NameScope, program: Program | undefined): void {
  for (const statement of program?.body ?? []) readStatement(reads, scope, statement);
}

function readStatement(reads: ReadCollector, scope: NameScope, node: Statement): void {
  switch (node.type) {
    case 'ContentStatement':
    case 'CommentStatement':
    case 'DecoratorBlock':
      return;
    case 'MustacheStatement':
      readArguments(reads, scope, node.params, node.hash);
      // In a helper call, the name is not a path.
      if (node.params.length === 0 && node.path.type === 'PathExpression') readExpression(reads, scope, node.path);
      return;
    case 'BlockStatement':
      readBlock(reads, scope, node);
      return;
    case 'PartialStatement':
      readPartial(reads, scope, node);
      return;
    case 'PartialBlockStatement':
    case 'Decorator':
      throw new UnknownReads();
  }
}

function readArguments(
  reads: ReadCollector,
  scope: NameScope,
  params: readonly Expression[],
  hash: Hash | undefined,
): void {
  for (const param of params) readExpression(reads, scope, param);
  for (const { value } of hash?.pairs ?? []) readExpression(reads, scope, value);
}

function readExpression(reads: ReadCollector, scope: NameScope, node: Expression): void {
  if (node.type === 'SubExpression') readArguments(reads, scope, node.params, node.hash);
  if (node.type !== 'PathExpression') return;
  const { path } = contextAt(reads, scope, node);
  if (path !== undefined) reads.outer.set(JSON.stringify([path.data, path.depth, path.parts, isScoped(path)]), path);
}

function readBlock(reads: ReadCollector, scope: NameScope, node: Block): void {
  readArguments(reads, scope, node.params, node.hash);
  readProgram(reads, scope, node.inverse);
  const name = node.path.type === 'PathExpression' ? node.path.original : '';
  const declared = (node.program?.blockParams ?? []).map((param): [string, boolean] => [param, false]);
  if (name !== 'each' && name !== 'with') {
    readProgram(reads, { ...scope, params: new Map([...scope.params, ...declared]) }, node.program);
    return;
  }
  const inner: NameScope = {
    ...scope,
    contexts: [itemContext, ...scope.contexts],
    params: new Map([...scope.params, ...declared]),
    loops: scope.loops + (name === 'each' ? 1 : 0),
  };
  readProgram(reads, inner, node.program);
}

/** Records only the paths that the partial reads: its context may be the whole view. */
function readPartial(reads: ReadCollector, scope: NameScope, node: Partial): void {
  const program = reads.partials.get(node.copyId ?? '');
  if (program === undefined || node.copyId === undefined || reads.active.has(node.copyId)) throw new UnknownReads();
  const [param] = node.params;
  let context: Context = scope.contexts[0];
  if (param?.type === 'PathExpression') context = contextAt(reads, scope, param);
  else if (param !== undefined) {
    readExpression(reads, scope, param);
    context = itemContext;
  }
  readArguments(reads, scope, [], node.hash);
  const hidden = new Set([...context.hidden, ...(node.hash?.pairs ?? []).map(({ key }) => key)]);
  reads.active.add(node.copyId);
  const contexts: NameScope['contexts'] = [{ ...context, hidden }];
  const inner: NameScope = { contexts, params: new Map(), around: new Set(), loops: scope.loops, closed: true };
  readProgram(reads, inner, program);
  reads.active.delete(node.copyId);
}

/** The origin of the value at a path. */
function contextAt(reads: ReadCollector, scope: NameScope, path: Path): Context {
  if (path.data) return dataAt(reads, scope, path);
  const [first] = path.parts;
  if (first !== undefined && path.depth === 0 && !isScoped(path)) {
    const isIndex = scope.params.get(first);
    if (isIndex !== undefined) {
      reads.index ||= isIndex;
      return itemContext;
    }
    if (scope.around.has(first)) return { path, hidden: itemContext.hidden };
  }
  const context = scope.contexts[path.depth];
  if (context === undefined) {
    if (scope.closed) throw new UnknownReads();
    // The path begins with `../`, so Handlebars never reads it as a block parameter.
    return { path: { ...path, depth: path.depth - scope.contexts.length }, hidden: itemContext.hidden };
  }
  if (context.path === undefined) return itemContext;
  if (first === undefined) return context;
  if (context.hidden.has(first)) return itemContext;
  return { path: { ...context.path, parts: [...context.path.parts, ...path.parts] }, hidden: itemContext.hidden };
}

function dataAt(reads: ReadCollector, scope: NameScope, path: Path): Context {
  const [name] = path.parts;
  if (name === 'root') return { path: { ...path, depth: 0 }, hidden: itemContext.hidden };
  const depth = path.depth - scope.loops;
  if (depth > 0) return { path: { ...path, depth: depth - 1 }, hidden: itemContext.hidden };
  if (depth === 0) {
    reads.index ||= name === 'index' || name === 'key';
    reads.first ||= name === 'first';
    reads.last ||= name === 'last';
  }
  return itemContext;
}
