import { hideCredentials } from '../model/redact.js';
import type { YamlDocument, SyntaxProblem } from './document.js';
import { showPath, type ConfigProblem, type UnlocatedProblem } from './problem.js';

/** A config's text, and what knows the places in it. */
export interface ConfigSource {
  readonly file: string;
  readonly text: string;
  readonly document: YamlDocument;
}

/** The problem with its place, as people are shown it. */
export function locateProblem(source: ConfigSource, problem: UnlocatedProblem): ConfigProblem {
  const { path, at } = problem;
  const offset = source.document.offsetOf(path, at);
  const isAddress = path.includes('endpoints') || path.includes('url');
  const mayHoldLogin = isAddress && /^[^\r\n]*@/.test(source.text.slice(offset));
  const isSecret = path.includes('auth') || path.includes('headers') || mayHoldLogin;
  return problemAt(source, offset, showPath(path), problem, isSecret ? at : undefined);
}

/** The same for what is wrong with the YAML itself. */
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

/** How far both texts are the same; Infinity when they are to the end. */
function sameUntil(a: string, b: string): number {
  if (a === b) return Infinity;
  let length = 0;
  while (a[length] === b[length]) length += 1;
  return length;
}

// Columns: a config may be one line of JSON.
const WIDEST = 200;

/** The line up to `cut`, and a caret below that follows the tabs of the line, whatever their width. */
function showLine(line: number, text: string, column: number, cut: number): string {
  const margin = String(line);
  const caret = Math.min(column - 1, cut);
  // Of a long line, what stands around the caret.
  const from = caret > WIDEST ? caret - WIDEST / 2 : 0;
  const to = Math.min(cut, from + 2 * WIDEST);
  const shown = `${from > 0 ? '…' : ''}${text.slice(from, to)}${to < text.length ? '…' : ''}`;
  const before = shown.slice(0, caret - from + (from > 0 ? 1 : 0)).replace(/[^\t]/g, ' ');
  return `${margin} | ${shown}\n${' '.repeat(margin.length)} | ${before}^`;
}

// Errors end up in logs: a line is shown up to where a secret may begin, whatever its key is misspelt to.
function startOfSecret(text: string, column: number, secret: 'key' | 'value' | undefined): number {
  const named = /(?:pas+w|pwd|secret|token|authoriz|credential)(?!\w*file)\w*["']?\s*:/i.exec(text);
  const ends = named === null ? [] : [named.index + named[0].length];
  if (secret === 'value') ends.push(column - 1);
  if (secret === 'key') ends.push(text.indexOf(':', column - 1) + 1 || text.length);
  return Math.min(text.length, ...ends);
}
