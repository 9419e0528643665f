import type { Location, Position, Program } from '../ast.js';
import type { Grammar, OutputContext } from '../dialects/grammar.js';
import { createProblem } from '../problem.js';
import type { SourceText, TemplateProblem } from '../problem.js';
import type { Known } from '../shape.js';
import type { State } from '../dialects/state.js';
import type { Inline, Scope } from './scope.js';

/** A point of a template, for messages at run time. */
export interface Site {
  /** `file:line:column`. */
  readonly at: string;
  /** The tag as written. */
  readonly tag: string;
}

/** One `{{value}}` of the template and how it is written. */
export interface PlaceSite extends Site {
  readonly place: OutputContext;
}

/** The body of a block over services or instances, or with one: what it writes is measured, and it is to blame. */
export interface BodySite {
  /** `file:line:column` of the block. */
  readonly at: string;
  /** What its text begins in. */
  readonly from: State['mode'];
  /** The template's own text of the output's line before and after the block, as far as it is known. */
  readonly before: string;
  readonly after: string;
  /** The texts of several items may stand on one line of the output. */
  readonly inline: boolean;
}

/** A partial as it is called in one context, from one kind of place. */
export interface Specialised {
  readonly id: string;
  readonly program: Program;
  /** The state at its end; the state at its beginning while it is still being read, which is what recursion needs. */
  exit: State;
}

/** What one lint has gathered. */
export interface Ledger {
  readonly grammar: Grammar;
  readonly known: Known;
  readonly files: ReadonlyMap<string, SourceText>;
  readonly problems: Map<string, TemplateProblem>;
  readonly places: PlaceSite[];
  /** By the number that the block's argument `bodyArgument` gives. */
  readonly bodies: BodySite[];
  /** The texts of a helper call's arguments, by its `file:line:column`. */
  readonly argumentTexts: Map<string, readonly string[]>;
  readonly partials: Map<string, Specialised>;
  /** The partials that are being read, by where they are written. */
  readonly active: string[];
  /** By their bodies, so that one that is never called, and thus never checked, is noticed. */
  readonly inlines: Map<Program, Inline>;
  readonly usedInlines: Set<Program>;
}

/** Walks a body: `walkProgram`, passed on so that the pages of this folder do not go round in a circle. */
export type Walk = (ledger: Ledger, scope: Scope, program: Program, from: State, follow: string) => State;

/** Notes a mistake, once however often its place is visited. */
export function report(ledger: Ledger, scope: Scope, at: Position, message: string, hint?: string): void {
  const from = scope.calledFrom === undefined ? '' : ` (in the partial as ${scope.calledFrom} calls it)`;
  const problem = createProblem(scope.source, at, `${message}${from}`, hint);
  const key = `${problem.file}:${problem.line}:${problem.column}:${message}`;
  if (!ledger.problems.has(key)) ledger.problems.set(key, problem);
}

/** `file:line:column`, the column from 1. */
export function placeOf(file: string, { line, column }: Position): string {
  return `${file}:${line}:${column + 1}`;
}

/** The text of a node as written. */
export function textOf({ text }: SourceText, { start, end }: Location): string {
  const lines = text.split(/\r\n?|\n/).slice(start.line - 1, end.line);
  const last = lines.length - 1;
  return lines
    .map((line, index) => line.slice(index === 0 ? start.column : 0, index === last ? end.column : undefined))
    .join(' ');
}
