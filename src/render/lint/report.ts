import type { Location, Position, Program } from '../ast.js';
import type { Grammar, OutputContext } from '../dialects/grammar.js';
import { createProblem, linesOf } from '../problem.js';
import type { SourceText, TemplateProblem } from '../problem.js';
import type { KnownConfig } from '../shape.js';
import type { State } from '../dialects/state.js';
import type { InlinePartial, Scope } from './scope.js';

/** The position of a tag, for messages at run time. */
export interface TagSite {
  /** `file:line:column`. */
  readonly at: string;
  /** The tag as written. */
  readonly tag: string;
}

/** One `{{value}}` of the template, with its output context. */
export interface ValueSite extends TagSite {
  readonly context: OutputContext;
}

/** The body of a block over services or instances, or with one of them. The engine checks the size of its text. */
export interface BodySite {
  /** `file:line:column` of the block. */
  readonly at: string;
  /** The mode in which its text begins. */
  readonly from: State['mode'];
  /** The known template text on the output line before the block. `after`: the known text after it. */
  readonly before: string;
  readonly after: string;
  /** True when several items can share one line of the output. */
  readonly inline: boolean;
}

/** The copy of a partial for one context and one output state. */
export interface SpecialisedPartial {
  readonly id: string;
  readonly program: Program;
  /** The output state at its end. While the partial is being checked, the state at its beginning: recursive calls need it. */
  exit: State;
}

/** The data that one lint collects. */
export interface Findings {
  readonly grammar: Grammar;
  readonly known: KnownConfig;
  readonly files: ReadonlyMap<string, SourceText>;
  readonly problems: Map<string, TemplateProblem>;
  readonly valueSites: ValueSite[];
  /** By `Block.bodyIndex`. */
  readonly bodies: BodySite[];
  /** The source texts of a helper call's arguments, by the call's `file:line:column`. */
  readonly argumentTexts: Map<string, readonly string[]>;
  readonly partials: Map<string, SpecialisedPartial>;
  /** The partials that are being checked, by the position of their definition. */
  readonly active: string[];
  /** By their bodies. The lint reports a partial that is never called, because it is never checked. */
  readonly inlines: Map<Program, InlinePartial>;
  readonly usedInlines: Set<Program>;
  /** The partials that Handlebars cannot parse. */
  readonly unparsed: Set<string>;
}

/** The type of `walkProgram`. It is passed as an argument, because the modules of this directory must not import each other in a circle. */
export type Walk = (findings: Findings, scope: Scope, program: Program, from: State, follow: string) => State;

/** Records a mistake. A mistake at the same position is recorded only once. */
export function report(findings: Findings, scope: Scope, at: Position, message: string, hint?: string): void {
  const from = scope.calledFrom === undefined ? '' : ` (in the partial as ${scope.calledFrom} calls it)`;
  const problem = createProblem(scope.source, at, `${message}${from}`, hint);
  const key = `${problem.file}:${problem.line}:${problem.column}:${message}`;
  if (!findings.problems.has(key)) findings.problems.set(key, problem);
}

/** `file:line:column`. The column counts from 1. */
export function formatPosition(file: string, { line, column }: Position): string {
  return `${file}:${line}:${column + 1}`;
}

/** The source text of a node. */
export function textOf(source: SourceText, { start, end }: Location): string {
  const lines = linesOf(source).slice(start.line - 1, end.line);
  const last = lines.length - 1;
  return lines
    .map((line, index) => line.slice(index === 0 ? start.column : 0, index === last ? end.column : undefined))
    .join(' ');
}
