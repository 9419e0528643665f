import { hideCredentials } from '../model/redact.js';
import type { YamlDocument, SyntaxProblem } from './document.js';
import { showPath, type ConfigProblem, type UnlocatedProblem } from './problem.js';

/** The text of a config, and its parsed form, which has the places. */
export interface ConfigSource {
  readonly file: string;
  readonly text: string;
  readonly document: YamlDocument;
}

/** The problem with its place and excerpt. A problem of a key that the file does not have is of line 1, without an excerpt. */
export function locateProblem(source: ConfigSource, problem: UnlocatedProblem): ConfigProblem {
  const { path, at } = problem;
  const offset = source.document.offsetOf(path, at);
  if (offset === undefined)
    return { ...problemAt(source, 0, showPath(path), problem), line: 1, column: 1, excerpt: '' };
  const isAddress = path.includes('endpoints') || path.includes('url');
  const mayHoldLogin = isAddress && /^[^\r\n]*@/.test(source.text.slice(offset));
  const isSecret = path.includes('auth') || path.includes('headers') || mayHoldLogin;
  return problemAt(source, offset, showPath(path), problem, isSecret ? at : undefined);
}

/** The same for a problem of the YAML syntax. */
export function locateSyntax(source: ConfigSource, problem: SyntaxProblem): ConfigProblem {
  return problemAt(source, problem.offset, '', problem);
}

function problemAt(
  { file, text, document }: ConfigSource,
  offset: number,
  path: string,
  { message, hint }: { readonly message: string; readonly hint?: string },
  secret?: 'key' | 'value',
): ConfigProblem {
  const { line, column } = document.positionOf(offset);
  const rest = text.slice(Math.min(offset, text.length) - (column - 1));
  const end = rest.search(/[\r\n]/);
  const written = end < 0 ? rest : rest.slice(0, end);
  const shown = hideCredentials(written);
  const caret = Math.min(column, sameUntil(written, shown) + 1);
  const excerpt = showLine(line, shown, caret, startOfSecret(shown, caret, secret));
  return { file, line, column, path, message, ...(hint === undefined ? {} : { hint }), excerpt };
}

/** Length of the common start of both texts; Infinity when they are equal. */
function sameUntil(a: string, b: string): number {
  if (a === b) return Infinity;
  let length = 0;
  while (a[length] === b[length]) length += 1;
  return length;
}

// In columns. A config may be one long line of JSON.
const WIDEST = 200;

/** The line up to `cut`, and a caret below it. The tabs before the caret are kept, so that it stands right at any tab width. */
function showLine(line: number, text: string, column: number, cut: number): string {
  const margin = String(line);
  const caret = Math.min(column - 1, cut);
  // Of a long line, only the part around the caret is shown.
  const from = caret > WIDEST ? caret - WIDEST / 2 : 0;
  const to = Math.min(cut, from + 2 * WIDEST);
  const shown = `${from > 0 ? '…' : ''}${text.slice(from, to)}${to < text.length ? '…' : ''}`;
  const before = shown.slice(0, caret - from + (from > 0 ? 1 : 0)).replace(/[^\t]/g, ' ');
  return `${margin} | ${shown}\n${' '.repeat(margin.length)} | ${before}^`;
}

// Errors end up in logs, so a line is shown only up to a possible secret. The pattern also matches misspelt keys.
function startOfSecret(text: string, column: number, secret: 'key' | 'value' | undefined): number {
  const named = /(?:pas+w|pwd|secret|token|authoriz|credential)(?!\w*file)\w*["']?\s*:/i.exec(text);
  const ends = named === null ? [] : [named.index + named[0].length];
  if (secret === 'value') ends.push(column - 1);
  if (secret === 'key') ends.push(text.indexOf(':', column - 1) + 1 || text.length);
  return Math.min(text.length, ...ends);
}
