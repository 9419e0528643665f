import { Lexer, Parser } from 'yaml';

// Twice the levels of a config that anybody would want to read.
const DEEPEST = 100;

/**
 * Whether a YAML text nests so deeply that reading it would exhaust the stack, which Node.js does not always survive.
 * The tokens are counted without recursion.
 *
 * @throws what the lexer makes of a text that is no YAML at all.
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
