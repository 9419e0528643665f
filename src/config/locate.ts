import type { ConfigDocument, SyntaxFinding } from './document.js';
import { showPath, type ConfigProblem, type Finding } from './problem.js';

/** A config's text, and what knows the places in it. */
export interface ConfigSource {
  readonly file: string;
  readonly text: string;
  readonly document: ConfigDocument;
}

/** The finding with its place, as people are shown it. */
export function locateFinding(source: ConfigSource, finding: Finding): ConfigProblem {
  const offset = source.document.offsetOf(finding.path, finding.at);
  return problemAt(source, offset, showPath(finding.path), finding);
}

/** The same for what is wrong with the YAML itself. */
export function locateSyntax(source: ConfigSource, finding: SyntaxFinding): ConfigProblem {
  return problemAt(source, finding.offset, '', finding);
}

function problemAt(
  { file, text, document }: ConfigSource,
  offset: number,
  path: string,
  { message, hint }: { readonly message: string; readonly hint?: string },
): ConfigProblem {
  const { line, column } = document.positionOf(offset);
  const excerpt = excerptOf(text, line, column);
  return { file, line, column, path, message, ...(hint === undefined ? {} : { hint }), excerpt };
}

// The caret follows the tabs of the line, so that it stands right whatever their width.
function excerptOf(text: string, line: number, column: number): string {
  const shown = text.split(/\r\n?|\n/)[line - 1] ?? '';
  const margin = String(line);
  const before = shown.slice(0, column - 1).replace(/[^\t]/g, ' ');
  return `${margin} | ${hideSecret(shown)}\n${' '.repeat(margin.length)} | ${before}^`;
}

// Errors end up in logs: the line of a password is shown without it.
function hideSecret(line: string): string {
  return line.replace(/((?:password|secret|token|authorization)["']?\s*:\s*)[^\s{].*$/i, '$1…');
}
