import { expect, test } from 'vitest';
import { shell } from '../../../src/render/dialects/shell.js';
import { initialState } from '../../../src/render/dialects/state.js';
import { scan } from '../../../src/render/dialects/scan.js';
import { fill } from './reading.js';

/** Contexts that take a value; the output with the value `a b`. */
test.each([
  ['a=(x $(echo ¤))', "a=(x $(echo 'a b'))"],
  ['A=$(x) a=(¤)', "A=$(x) a=('a b')"],
  ['a=(1[¤)', "a=(1['a b')"],
  ['echo {a}{b}¤', "echo {a}{b}'a b'"],
  ['echo ${a}¤', "echo ${a}'a b'"],
  ['echo {{a}}¤', "echo {{a}}'a b'"],
  ['echo }¤', "echo }'a b'"],
  ['xexport QQ¤=1', "xexport QQ'a b'=1"],
  ['exportx QQ¤=1', "exportx QQ'a b'=1"],
  ['readonly A=b-c B=¤', "readonly A=b-c B='a b'"],
  ['[ ¤xy = a ]', "[ 'a b'xy = a ]"],
  ['[ ¤"x" = "y" ]', '[ \'a b\'"x" = "y" ]'],
  ["[ ¤'x' = 'y' ]", "[ 'a b''x' = 'y' ]"],
  ["echo '$¤' '$a¤'", "echo '$a b' '$aa b'"],
])('%j becomes %j', (text, expected) => {
  expect(fill(shell, text, 'a b')).toBe(expected);
});

const braces = 'a value inside a brace expansion';
const subscript = 'a value inside the subscript of an array, which is evaluated as arithmetic';
const test_ = 'a value in "[", which may evaluate it as arithmetic or as an operator';
const command = 'a value in place of a command, so it would choose the program that runs';

test.each([
  ['echo }{¤', braces],
  ['echo {a}}{¤', braces],
  ['echo {{a}¤', braces],
  ['echo \\\\$a[¤', subscript],
  ['echo $*[¤', subscript],
  ['echo $?[¤', subscript],
  ['echo $$[¤', subscript],
  ['echo $![¤', subscript],
  ['echo ¿[¤', subscript],
  ['echo a§[¤', subscript],
  ['echo a¿[¤', subscript],
  ['a=([x¤', subscript],
  ['a=(~¤', 'a value right after "~", which would make it the name of a user'],
  ['[ ¤& = x ]', test_],
  ['[ ¤| = x ]', test_],
  ["[ ¤' = x ]", test_],
  ['[ ¤" = x ]', test_],
  ['[ -n ¤| x ;', test_],
  ['-QQ¤=1', command],
  ['QQ-¤=1', command],
  ['a=1 PATH=(¤', 'a value for PATH, a variable that the shell itself uses'],
  ['A=¿ a=(¤)', 'a value in a substitution whose beginning depends on a block'],
  [
    'LD_A¤=1',
    'a value in the name of a variable after only LD_A, so the name could become one that the shell itself uses',
  ],
  ['al¤=1', 'a value in the name of a variable after only al, so the name could become one that the shell itself uses'],
  [
    'eval >(echo ¤)',
    'a value among the arguments of "eval", which runs its arguments as code, through a command substitution',
  ],
  [
    'eval "\n$(echo ¤)"',
    'a value among the arguments of "eval", which runs its arguments as code, through a command substitution',
  ],
  [
    'echo $a$(echo ¤)',
    'a value right after $a, which would make it a part of the name; write ${…}, through a command substitution',
  ],
])('%j is refused: %s', (text, message) => {
  expect(fill(shell, text, 'a b')).toBe(`!${message}`);
});

test.each([
  ['AB_¤=1', 'X', 'AB_X=1'],
  ['AB_¤=1', '_x', 'AB__x=1'],
])('%j with %j becomes %j', (text, value, expected) => {
  expect(fill(shell, text, value)).toBe(expected);
});

test('the hint tells how to use a value, also as a number', () => {
  const context = shell.contextAt(scan(shell, initialState, '[ 1 -eq '), ' ]');
  expect(context).toMatchObject({
    hint: expect.stringMatching(
      /NAME=\{\{…\}\} on a line of its own.*\(case \$NAME in ""\|\*\[!0-9\]\*\) exit 1;; esac\)/,
    ) as string,
  });
});
