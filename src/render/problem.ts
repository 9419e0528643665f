import { RollcallError } from '../model/errors.js';
import type { Position } from './ast.js';

/** One mistake in a template. */
export interface TemplateProblem {
  /** Path or name of the template or partial. */
  readonly file: string;
  /** Line and column count from 1. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly hint?: string;
  /** The source line and, below it, a caret. */
  readonly excerpt: string;
}

/** A text, and the file name that messages about it show. */
export interface SourceText {
  readonly file: string;
  readonly text: string;
}

/**
 * Thrown for a template that is invalid (`TEMPLATE_INVALID`, with every problem) or whose rendering failed as a whole (`RENDER_FAILED`,
 * with one problem).
 */
export class TemplateError extends RollcallError {
  readonly problems: readonly TemplateProblem[];

  constructor(
    code: 'TEMPLATE_INVALID' | 'RENDER_FAILED',
    problems: readonly TemplateProblem[],
    options: { cause?: unknown } = {},
  ) {
    super(code, problems.map(formatProblem).join('\n'), options);
    this.name = 'TemplateError';
    this.problems = problems;
  }
}

/** Three parts: `file:line:column: message`, the excerpt, the hint. */
export function formatProblem({ file, line, column, message, hint, excerpt }: TemplateProblem): string {
  const head = `${file}:${line}:${column}: ${message}\n${excerpt}`;
  return hint === undefined ? head : `${head}\n  ${hint}`;
}

/** @param position its column counts from 0, as in the parser. */
export function createProblem(source: SourceText, position: Position, message: string, hint?: string): TemplateProblem {
  return {
    file: source.file,
    line: position.line,
    column: position.column + 1,
    message,
    ...(hint === undefined ? {} : { hint }),
    excerpt: excerptOf(source, position),
  };
}

const lineCache = new WeakMap<SourceText, readonly string[]>();

/** The lines of a text, without their ends. */
export function linesOf(source: SourceText): readonly string[] {
  let lines = lineCache.get(source);
  if (lines === undefined) lineCache.set(source, (lines = source.text.split(/\r\n?|\n/)));
  return lines;
}

/** The margin of the caret repeats the line's tabs, so the caret is right for any tab width. */
function excerptOf(source: SourceText, { line, column }: Position): string {
  const shown = linesOf(source)[line - 1] ?? '';
  const margin = String(line);
  const before = shown.slice(0, column).replace(/[^\t]/g, ' ');
  return `${margin} | ${shown}\n${' '.repeat(margin.length)} | ${before}^`;
}
