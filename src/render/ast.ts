/**
 * The syntax tree of a template, as the parser of Handlebars 4.7 creates it. Handlebars' own types do not say which fields may be absent.
 * Lines count from 1, columns from 0.
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
  /** Index in `Linted.valueSites`; set by the lint. */
  valueIndex?: number;
}

export interface Block extends Node {
  readonly type: 'BlockStatement';
  readonly path: Path | Literal;
  readonly params: readonly Expression[];
  /** The lint and the render cache add their own arguments to it. */
  hash?: Hash;
  /** Index in `Linted.bodies`, if the size of its text is limited; set by the lint. */
  bodyIndex?: number;
  /** Absent in `{{^if x}}…{{/if}}`. */
  readonly program?: Program;
  readonly inverse?: Program;
}

export interface Partial extends Node {
  readonly type: 'PartialStatement';
  /** Id of the copy of the partial that this call uses; set by the lint. */
  copyId?: string;
  readonly name: Path | Literal | SubExpression;
  readonly params: readonly Expression[];
  readonly hash?: Hash;
  /** White space before the tag, if the tag is alone on its line. Handlebars writes it before each line of the partial. */
  readonly indent?: string;
}

export interface PartialBlock extends Node {
  readonly type: 'PartialBlockStatement';
}

export interface Content extends Node {
  readonly type: 'ContentStatement';
  /** The text that is written, after white space control. */
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

/** True for `this.x` and `./x`. By Handlebars' rules these are never helpers or block parameters. */
export function isScoped(path: Path): boolean {
  return /^\.|this\b/.test(path.original);
}

/** The name that may be a helper: one part, without `this`, `../` or `@`. */
export function simpleName(path: Path | Literal): string | undefined {
  if (path.type !== 'PathExpression' || path.data || path.depth > 0 || isScoped(path)) return undefined;
  return path.parts.length === 1 ? path.parts[0] : undefined;
}
