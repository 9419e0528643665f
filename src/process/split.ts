/** The words of a command line, or the problem that prevents splitting it. `column` counts from 0. */
export type Split =
  { readonly argv: readonly string[] } | { readonly problem: string; readonly hint: string; readonly column: number };

// Each of these has a meaning for a shell when it is not quoted. POSIX.1-2017, Shell Command Language, 2.2 Quoting.
const operators = new Map([
  ['|', 'a pipe or `||`'],
  ['&', '`&&` or a background job'],
  [';', 'a second command'],
  ['<', 'a redirection'],
  ['>', 'a redirection'],
  ['(', 'a subshell'],
  [')', 'a subshell'],
  ['\n', 'a second line'],
]);
const patterns = new Set(['*', '?', '[']);

/**
 * Splits a command line into words at blanks, with quotes and backslashes as in a POSIX shell. Everything else that a shell does is a
 * problem: operators, expansions, patterns, comments and assignments.
 */
export function splitCommand(source: string): Split {
  const text = source.trimEnd();
  const argv: string[] = [];
  let word: string | undefined;
  let at = 0;
  const shell = (what: string, column: number): Split => ({
    problem: `${what}, and commands run without a shell`,
    hint: `Quote it if you mean it literally, or ask for a shell: [sh, -c, ${JSON.stringify(text)}]`,
    column,
  });
  const open = (quote: string, column: number): Split => ({
    problem: `the ${quote} is never closed`,
    hint: 'Close it, or write the command as a list of words: [program, argument, …]',
    column,
  });

  while (at < text.length) {
    const char = text.charAt(at);
    const startsWord = word === undefined;
    if (char === ' ' || char === '\t') {
      if (word !== undefined) argv.push(word);
      word = undefined;
    } else if (char === '\\') {
      if (at + 1 === text.length) return open('backslash', at);
      at += 1;
      word = (word ?? '') + text.charAt(at);
    } else if (char === "'") {
      const end = text.indexOf("'", at + 1);
      if (end < 0) return open('single quote', at);
      word = (word ?? '') + text.slice(at + 1, end);
      at = end;
    } else if (char === '"') {
      const quoted = doubleQuoted(text, at);
      if (quoted === undefined) return open('double quote', at);
      if ('expansion' in quoted) return shell(expansion(text, quoted.expansion), quoted.expansion);
      word = (word ?? '') + quoted.value;
      at = quoted.end;
    } else {
      const operator = operators.get(char);
      if (operator !== undefined) return shell(`${JSON.stringify(char)} is ${operator} to a shell`, at);
      if (char === '$' || char === '`') return shell(expansion(text, at), at);
      if (patterns.has(char)) return shell(`"${char}" is a file name pattern to a shell`, at);
      if (char === '~' && startsWord) return shell('"~" is the home directory to a shell', at);
      if (char === '#' && startsWord) return shell('"#" starts a comment to a shell', at);
      if (char === '{' && /^\{[^{}\s]*(,|\.\.)[^{}\s]*\}/.test(text.slice(at)))
        return shell('"{…}" is a list of alternatives to a shell', at);
      if (char === '=' && argv.length === 0 && /(^|\s)[A-Za-z_]\w*$/.test(text.slice(0, at)))
        return shell(`"${word ?? ''}=" sets a variable to a shell`, at - (word ?? '').length);
      word = (word ?? '') + char;
    }
    at += 1;
  }
  if (word !== undefined) argv.push(word);
  if (argv.length === 0 || argv[0] === '')
    return { problem: 'the command is empty', hint: 'Name a program and its arguments: [nginx, -t]', column: 0 };
  return { argv };
}

/**
 * The value between double quotes, in which a backslash escapes only `$`, a backtick, `"` and `\`; or the position of an expansion.
 * Undefined: the quote is not closed.
 */
function doubleQuoted(text: string, start: number): { value: string; end: number } | { expansion: number } | undefined {
  let value = '';
  for (let at = start + 1; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === '"') return { value, end: at };
    if (char === '$' || char === '`') return { expansion: at };
    const escapes = char === '\\' && '$`"\\'.includes(text.charAt(at + 1)) && at + 1 < text.length;
    if (escapes) at += 1;
    value += text.charAt(at);
  }
  return undefined;
}

function expansion(text: string, at: number): string {
  return text.charAt(at) === '`' ? 'a backtick runs a command in a shell' : '"$" is a variable or a command to a shell';
}
