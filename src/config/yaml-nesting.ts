import { Lexer, Parser } from 'yaml';

// Far more levels than any real config has.
const DEEPEST = 100;

/**
 * Whether a YAML text nests so deeply that parsing it could exhaust the stack, which can end the Node.js process. It counts
 * the tokens without recursion.
 *
 * @throws an error of the lexer for a text that is no YAML
 */
export function isNestedTooDeeply(text: string): boolean {
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    // The generator has to run to its end; its tokens are not needed here.
    for (const _token of parser.next(lexeme));
    if (parser.stack.length > DEEPEST) return true;
  }
  return false;
}
