/**
 * The nodes that Handlebars 4.7 parses a template into, as precise as its parser is (its own types leave out what may
 * be absent). Lines count from 1, columns from 0.
 */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface Location {
  /** The file, as passed to the parser. */
  readonly source?: string;
  readonly start: Position;
  readonly end: Position;
}

interface Node {
  readonly loc: Location;
}

export interface Program {
  readonly type: 'Program';
  body: Statement[];
  readonly blockParams?: readonly string[];
}

export interface Mustache extends Node {
  readonly type: 'MustacheStatement';
  readonly path: Path | Literal;
  readonly params: readonly Expression[];
  readonly hash?: Hash;
  /** False for `{{{raw}}}` and `{{&raw}}`. */
  readonly escaped: boolean;
  /** Number of its place in the output; set by the lint. */
  place?: number;
}

export interface Block extends Node {
  readonly type: 'BlockStatement';
  readonly path: Path | Literal;
  readonly params: readonly Expression[];
  /** Extended where texts are kept or measured. */
  hash?: Hash;
  /** Which of the measured bodies it has; set by the lint. */
  body?: number;
  /** Absent in `{{^if x}}…{{/if}}`. */
  readonly program?: Program;
  readonly inverse?: Program;
}

export interface Partial extends Node {
  readonly type: 'PartialStatement';
  /** Id of the copy that is called here; set by the lint. */
  called?: string;
  readonly name: Path | Literal | SubExpression;
  readonly params: readonly Expression[];
  readonly hash?: Hash;
  /** White space that is put before each line of a partial that stands alone on its line. */
  readonly indent?: string;
}

export interface PartialBlock extends Node {
  readonly type: 'PartialBlockStatement';
}

export interface Content extends Node {
  readonly type: 'ContentStatement';
  /** After white space control: what is really written. */
  readonly value: string;
}

export interface Comment extends Node {
  readonly type: 'CommentStatement';
  readonly value: string;
}

export interface Decorator extends Node {
  readonly type: 'Decorator';
}

export interface DecoratorBlock extends Node {
  readonly type: 'DecoratorBlock';
  readonly path: Path;
  readonly params: readonly Expression[];
  readonly program: Program;
}

export type Statement = Mustache | Block | Partial | PartialBlock | Content | Comment | Decorator | DecoratorBlock;

export interface Path extends Node {
  readonly type: 'PathExpression';
  /** True for `@data`. */
  data: boolean;
  /** Number of `../`. */
  readonly depth: number;
  parts: readonly string[];
  /** As written, without brackets. */
  original: string;
}

export interface SubExpression extends Node {
  readonly type: 'SubExpression';
  readonly path: Path | Literal;
  readonly params: readonly Expression[];
  readonly hash?: Hash;
}

export interface StringLiteral extends Node {
  readonly type: 'StringLiteral';
  readonly value: string;
}

export interface NumberLiteral extends Node {
  readonly type: 'NumberLiteral';
  readonly value: number;
}

export interface BooleanLiteral extends Node {
  readonly type: 'BooleanLiteral';
  readonly value: boolean;
}

export interface VoidLiteral extends Node {
  readonly type: 'UndefinedLiteral' | 'NullLiteral';
}

export type Literal = StringLiteral | NumberLiteral | BooleanLiteral | VoidLiteral;
export type Expression = Path | SubExpression | Literal;

export interface Hash extends Node {
  readonly type: 'Hash';
  readonly pairs: readonly HashPair[];
}

export interface HashPair extends Node {
  readonly type: 'HashPair';
  readonly key: string;
  readonly value: Expression;
}

/** True for `this.x` and `./x`, which are never helpers or block parameters. Handlebars' own rule. */
export function isScoped(path: Path): boolean {
  return /^\.|this\b/.test(path.original);
}

/** The name that may be a helper: one part, without `this`, `../` or `@`. */
export function simpleName(path: Path | Literal): string | undefined {
  if (path.type !== 'PathExpression' || path.data || path.depth > 0 || isScoped(path)) return undefined;
  return path.parts.length === 1 ? path.parts[0] : undefined;
}
