import { expect, test } from 'vitest';
import { unknownMark, valueMark } from '../../../src/render/dialects/marks.js';
import { explainScript } from '../../../src/render/dialects/shell-scripts.js';
import { readWords } from '../../../src/render/dialects/shell-words.js';

/** Why a value at the end of a text is refused, where `V` is an earlier value and `B` depends on a block. */
function explain(text: string): string | undefined {
  const { before, current } = readWords(text.replaceAll('V', valueMark).replaceAll('B', unknownMark));
  return explainScript(before, current);
}

const dependsOnBlock = 'a value in a command whose beginning depends on a block';

test.each([
  ['x sh -c ', 'a value in the code that "sh -c" runs'],
  ['x sh -Cc ', 'a value in the code that "sh -Cc" runs'],
  ['x sh -cE ', 'a value in the code that "sh -cE" runs'],
  ['x /bin/sh -ec -x +e ', 'a value in the code that "/bin/sh -ec" runs'],
  ['x sh a -c ', 'a value in the code that "sh -c" runs'],
  ['x sh -c V ', 'a value in the code that "sh -c" runs'],
  ['x sh -c B ', 'a value in the code that "sh -c" runs'],
  ['x su --command ', 'a value in the code that "su --command" runs'],
  ['x $a -c ', 'a value in the code that "$a -c" runs'],
  ['x sh -c', 'a value in the code that "sh -c" runs'],
  ['x su --c', 'a value in the code that "su --c" runs'],
  ['sh -c ', 'a value in the code that "sh -c" runs'],
])('after %j, %s', (text, message) => {
  expect(explain(text)).toBe(message);
});

const options = ['B-c', 'Bc', 'Blc', 'BLc', 'B-ce', 'BcE', 'B-Lce', 'BxBc', 'B--command', 'Bmand', 'Bmand='];

test.each([
  ...options.flatMap((option) => [`x sh ${option} `, `x $a ${option} `, `x $a y ${option} -x `, `x sh ${option}`]),
  'x Bsh -c ',
  'x Bh -c ',
  'x B/bin/Bash -c ',
  'x $aB -c ',
  'x $aB-c ',
  'x $aB -c',
  'x Bsh -c',
  'x sh B ',
  'x sh aB -x ',
  'x sh y B ',
  'x Bsh B ',
])('after %j, a value may be in code, according to a block', (text) => {
  expect(explain(text)).toBe(dependsOnBlock);
});

test.each([
  'x -c ',
  'x sh -c y ',
  'x sh -c a-b ',
  'x sh -c y B ',
  'x sh -c1 ',
  'x sh -1c ',
  'x sh y ',
  'x sh B y ',
  'x sh V y ',
  'x V ',
  'x shx -c ',
  'x Bshx -c ',
  'x B -c ',
  'x Bh ',
  'x Bsh ',
  'x $aB ',
  ...['B1c', 'Bc1', 'B-l', 'Bxy', 'B', 'Bc.', 'B--x-command', 'c', 'mand'].map((option) => `x $a ${option} `),
  'x $a Bc y ',
  'x $aB-c y ',
  'sh B ',
])('after %j, a value is in no code', (text) => {
  expect(explain(text)).toBeUndefined();
});
