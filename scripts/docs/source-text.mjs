// Texts of TypeScript sources as they are shown on a page.
import ts from 'typescript';

/** Code on one line, without its comments. `//` and `/*` in a string are no comments. */
export function codeOnOneLine(code) {
  const scanner = ts.createScanner(ts.ScriptTarget.Latest, false, ts.LanguageVariant.Standard, code);
  let kept = '';
  for (let kind = scanner.scan(); kind !== ts.SyntaxKind.EndOfFileToken; kind = scanner.scan()) {
    const isComment = kind === ts.SyntaxKind.SingleLineCommentTrivia || kind === ts.SyntaxKind.MultiLineCommentTrivia;
    kept += isComment ? ' ' : scanner.getTokenText();
  }
  return proseOnOneLine(kept);
}

/** Prose on one line: a line break becomes a blank. */
export function proseOnOneLine(prose) {
  return prose.replaceAll(/\s+/g, ' ').trim();
}
