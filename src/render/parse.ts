import Handlebars from 'handlebars';
import { messageOf } from '../model/errors.js';
import { nearest } from '../model/suggest.js';
import type { Position, Program } from './ast.js';
import { blockHelpers } from './helpers/registry.js';
import { createProblem } from './problem.js';
import type { SourceText, TemplateProblem } from './problem.js';

/** The state of Handlebars' shared lexer when its parser failed. The parser's errors contain only the line. */
interface Lexer {
  /** All text up to and including the refused token. `match` is that token. */
  readonly matched: string;
  readonly match: string;
}

const { Parser } = Handlebars as unknown as { Parser: { lexer: Lexer } };

/** Parses a template. Returns its tree, or the first syntax error. */
export function parseTemplate(source: SourceText): Program | TemplateProblem {
  try {
    return Handlebars.parse(source.text, { srcName: source.file }) as unknown as Program;
  } catch (error) {
    const parserError = error as { lineNumber?: number; column?: number };
    if (parserError.lineNumber !== undefined && parserError.column !== undefined)
      return explainMismatch(source, { line: parserError.lineNumber, column: parserError.column }, messageOf(error));
    return explainSyntax(source, Parser.lexer, messageOf(error));
  }
}

/** @param opening the position where the block begins. The lexer has just read its end. */
function explainMismatch(source: SourceText, opening: Position, message: string): TemplateProblem {
  const plain = message.replace(/ - \d+:\d+$/, '');
  const [, opened, closed] = /^(.+) doesn't match (.+)$/.exec(plain) ?? [];
  if (opened === undefined || closed === undefined) return createProblem(source, opening, plain);
  if (!blockHelpers.has(opened) && opened !== 'inline') {
    const meant = nearest(opened, [...blockHelpers.keys(), 'inline']);
    return createProblem(source, opening, `there is no block "${opened}"`, meant && `Did you mean ${meant}?`);
  }
  const { matched } = Parser.lexer;
  const closing = positionAt(source.text, Math.max(0, ...[...matched.matchAll(/\{\{~?\//g)].map(({ index }) => index)));
  return createProblem(
    source,
    closing,
    `{{#${opened}}} of line ${opening.line} is closed by {{/${closed}}}`,
    `Close it with {{/${opened}}}, innermost block first.`,
  );
}

/** Replaces the parser's message, which names internal tokens, by a message about the likely mistake. */
function explainSyntax(source: SourceText, lexer: Lexer, message: string): TemplateProblem {
  const got = /got '(\w+)'/.exec(message)?.[1] ?? '';
  const at = positionAt(source.text, lexer.matched.length - lexer.match.length);
  const expected = /Expecting (.*), got/.exec(message)?.[1] ?? '';
  if (got === 'CLOSE_UNESCAPED')
    return createProblem(
      source,
      at,
      'the tag ends with three closing braces, but it began with two',
      '`}}}` closes `{{{`. For a brace right after a tag, write a blank or a line break between `}}` and `}`.',
    );
  if (got === 'CLOSE' && expected.includes('CLOSE_UNESCAPED'))
    return createProblem(
      source,
      at,
      'the tag ends with two closing braces, but it began with three',
      'Close `{{{` with `}}}`.',
    );
  if (got === 'EOF') {
    const open = findOpenBlock(source.text);
    if (open !== undefined)
      return createProblem(source, open.at, `{{#${open.name}}} is never closed`, `Close it with {{/${open.name}}}.`);
    return createProblem(source, at, 'the template ends inside a tag', 'Close it with }}.');
  }
  if (got === 'OPEN_ENDBLOCK')
    return createProblem(
      source,
      at,
      'this tag closes a block that is not open',
      'Remove the tag, or open the block with {{#…}}.',
    );
  if (got === 'INVERSE' || got === 'OPEN_INVERSE_CHAIN')
    return createProblem(source, at, '{{else}} is outside a block', 'Write it between {{#…}} and {{/…}}.');
  if (got === 'INVALID') {
    const tag = source.text.lastIndexOf('{{', lexer.matched.length);
    if (source.text.startsWith('{{!', tag))
      return createProblem(
        source,
        positionAt(source.text, tag),
        'the comment is never closed',
        'Close it with }} or --}}.',
      );
    if (!source.text.slice(tag).includes('}}'))
      return createProblem(source, positionAt(source.text, tag), 'the tag is never closed', 'Close it with }}.');
    return createProblem(
      source,
      at,
      'this character is not allowed in a tag',
      'Check for an unclosed quote. Write a name with other characters than letters, digits, _ and - in brackets: metadata.[a b].',
    );
  }
  if (got === 'CLOSE') return createProblem(source, at, 'the tag ends too early', 'Write a name or a value before }}.');
  if (got === 'SEP')
    return createProblem(
      source,
      at,
      'a dot or slash is in place of a name',
      'Write a field without a dot before it, {{name}}. {{this}} is the item of a list itself.',
    );
  return createProblem(
    source,
    at,
    `this is not expected here (${got.toLowerCase()})`,
    `Expected: ${expected.toLowerCase()}.`,
  );
}

/** The line and column of an offset. @param offset UTF-16 code units from the start. */
export function positionAt(text: string, offset: number): Position {
  const lines = text.slice(0, offset).split(/\r\n?|\n/);
  return { line: lines.length, column: (lines.at(-1) ?? '').length };
}

/** The innermost block that is open at the end of the template. */
function findOpenBlock(text: string): { name: string; at: Position } | undefined {
  const open: { name: string; at: Position }[] = [];
  const blank = (found: string): string => found.replace(/[^\r\n]/g, ' ');
  const code = text.replace(/\{\{~?!--[\s\S]*?--~?\}\}|\{\{~?![\s\S]*?\}\}/g, blank);
  for (const match of code.matchAll(/\{\{~?(?:([#^])[*>]?\s*([\w.@/$-]+)|(\/))/g)) {
    if (match[3] !== undefined) open.pop();
    else if (match[2] !== undefined) open.push({ name: match[2], at: positionAt(code, match.index) });
  }
  return open.at(-1);
}
