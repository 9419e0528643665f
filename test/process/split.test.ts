import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitCommand } from '../../src/process/split.js';

describe('a command line', () => {
  it.each([
    ['nginx -s reload', ['nginx', '-s', 'reload']],
    ['  nginx\t-t  \n', ['nginx', '-t']],
    [`printf '%s $HOME | x' "a \\" b" c\\ d ''`, ['printf', '%s $HOME | x', 'a " b', 'c d', '']],
    [`a"b"'c'd`, ['abcd']],
    ['test -c {staged}', ['test', '-c', '{staged}']],
    ['xargs -I {} true', ['xargs', '-I', '{}', 'true']],
    ['kill a~b x#y --opt=~', ['kill', 'a~b', 'x#y', '--opt=~']],
    [`"\\a\\\\"`, ['\\a\\']],
    ['env A=b true', ['env', 'A=b', 'true']],
  ])('%j becomes words', (text, argv) => {
    expect(splitCommand(text)).toEqual({ argv });
  });

  it.each([
    ['nginx -t | tee log', '"|" is a pipe', 9],
    ['nginx -t && nginx -s reload', '"&" is `&&`', 9],
    ['a; b', '";" is a second command', 1],
    ['a > /dev/null', '">" is a redirection', 2],
    ['a < b', '"<" is a redirection', 2],
    ['a $HOME', '"$" is a variable', 2],
    ['a "x$(b)"', '"$" is a variable', 4],
    ['a `b`', 'a backtick runs a command', 2],
    ['rm *.conf', '"*" is a file name pattern', 3],
    ['rm a?', '"?" is a file name pattern', 4],
    ['[ -f x ]', '"[" is a file name pattern', 0],
    ['~/bin/x', '"~" is the home directory', 0],
    ['sleep 1 &', '"&" is', 8],
    ['a\nb', '"\\n" is a second line', 1],
    ['LANG=C nginx -t', '"LANG=" sets a variable', 0],
    ['(a)', '"(" is a subshell', 0],
    ['a # b', '"#" starts a comment', 2],
    ['cp a.{x,y}', '"{…}" is a list of alternatives', 5],
  ])('%j is refused for its shell syntax', (text, problem, column) => {
    const split = splitCommand(text);
    expect(split).toMatchObject({ column });
    expect(split).toHaveProperty('problem', expect.stringContaining(problem));
    expect(split).toHaveProperty('hint', expect.stringContaining(`[sh, -c, ${JSON.stringify(text)}]`));
  });

  it.each([
    [`a 'b`, 'the single quote is never closed'],
    ['a "b', 'the double quote is never closed'],
    ['a "b\\', 'the double quote is never closed'],
    ['a \\', 'the backslash is never closed'],
    ['', 'the command is empty'],
    [' \n ', 'the command is empty'],
    [`'' a`, 'the command is empty'],
  ])('%j is refused', (text, problem) => {
    expect(splitCommand(text)).toMatchObject({ problem });
  });

  it('is split into the same words as by a real shell', () => {
    const piece = fc.constantFrom(
      'a',
      'B',
      ' ',
      '"',
      "'",
      '\\',
      '$',
      '{',
      '}',
      ',',
      '~',
      '#',
      '=',
      '*',
      '-',
      '.',
      '|',
      '!',
      'é',
      '\t',
    );
    const script = 'for word in "$@"; do printf "%s\\0" "$word"; done';
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 12 }).map((pieces) => `x ${pieces.join('')}`),
        (text) => {
          const split = splitCommand(text);
          if (!('argv' in split)) return;
          const shell = spawnSync('sh', ['-c', `set -- ${text.slice(2)}\n${script}`], { encoding: 'utf8' });
          expect(shell.stdout.split('\0').slice(0, -1)).toEqual(split.argv.slice(1));
        },
      ),
      { numRuns: 300 },
    );
  });
});
