import { expect, test } from 'vitest';
import { unknownMark, valueMark } from '../../../src/render/dialects/marks.js';
import { explainArgument, explainInput, integersFollow } from '../../../src/render/dialects/shell-commands.js';
import { readWords } from '../../../src/render/dialects/shell-words.js';

/** Why a value at the end of a text is refused, where `V` is an earlier value and `B` depends on a block. */
function explain(text: string): string | undefined {
  const { before, current } = readWords(text.replaceAll('V', valueMark).replaceAll('B', unknownMark));
  return explainArgument(before, current);
}

test.each([
  'chroot x-a ls ',
  'sudo ls $x ls ',
  'sudo ls a b ls ',
  'sudo CD="$x" ls ',
  'sudo a-b ',
  'bash a-b=1 ',
  'sudo x5 ',
  'sudo 5x ',
  'scp -- x-o ',
  'scp -- -ox ',
  'bash --foo-o a ',
  'bash -x a ',
  'bash -x a b ',
  'bash -eo pipefail a ',
  'bash -eox pipefail a ',
  'bash --rcfile a b ',
  'bash --rcfilex a ',
  'bash a V ',
  "printf '%0-5s' ",
  "printf '%.10s' ",
  "printf 'a%%b%sc%-10.2qd' ",
  'printf -v x %s ',
  'printf -- %s ',
  'printf -v x -- %s ',
  'test x ',
  '[ x ',
  'flock a ls -c ',
])('a value may follow %j', (text) => {
  expect(explain(text)).toBeUndefined();
});

const byMessage: Readonly<Record<string, readonly string[]>> = {
  'a value that "sudo" may run as a command': [
    'sudo -nu ls ',
    'sudo -E ls ',
    'sudo -u ls $x ls ',
    'sudo "$x a=1" ls ',
    'sudo CD=1 ',
    'sudo 12 ',
    'sudo 1.25 ',
    'sudo 12.5s ',
    'sudo 5s ',
    'sudo 5m ',
    'sudo 5h ',
    'sudo 5d ',
    'sudo V ',
    'sudo lsV ',
  ],
  'a value that "flock" may run as a command': ['flock a -c ', 'flock -n a -c ', 'flock -w 5 a -c ', 'flock -c '],
  'a value that "bash" may read as an option or a script': [
    'bash -xo a ',
    'bash -o a ',
    'bash -O a ',
    'bash -s a ',
    'bash +o a ',
    'bash -ox a ',
    'bash -Oe a ',
    'bash -oo a b ',
    'bash -oeo a b ',
    'bash -oO a b ',
    'bash +xOoe a b ',
    'bash --rcfile a ',
    'bash --init-file a ',
    'bash V ',
    'bash CD=1 ',
    'bash aV ',
    'bash B ',
    'bash a B ',
  ],
  'a value that "printf" reads as a number, which some shells evaluate as arithmetic': [
    'printf %d ',
    'printf %s%d ',
    'printf %%%d ',
    'printf % ',
    'printf %.s ',
  ],
  'a value in the command that "ssh" passes to a shell on another host': ['ssh --x-p web ', 'ssh -pq web ', 'ssh web '],
  'a value in an option of "ssh", which may run it': ['ssh -Np 22 ', 'ssh -e x ', 'ssh -o x '],
  'a value in a command whose beginning depends on a block': ['B ', 'V ', 'sudo ls B ', 'aB '],
  'a value among the arguments of a command whose name is not plain text': ['', '"ls" ', 'l* '],
};

test.each(Object.entries(byMessage).flatMap(([message, texts]) => texts.map((text) => [text, message] as const)))(
  'after %j, %s',
  (text, message) => {
    expect(explain(text)).toBe(message);
  },
);

test.each([
  ['declare -i a', true],
  ['typeset -xn a', true],
  ['local -E a', true],
  ['readonly -F a', true],
  ['export B', true],
  ['integer a', true],
  ['float a', true],
  ['nameref a', true],
  ['sudo command declare -i a', true],
  ['sudo integer a', true],
  ['declare a', false],
  ['declare -x a', false],
  ['declare x-i', false],
  ['declare', false],
  ['xdeclare -i a', false],
  ['declarex -i a', false],
  ['xinteger a', false],
  ['integerx a', false],
  ['sudo -i', false],
  ['-i', false],
  ['', false],
  ['echo declare -i', false],
  ['echo integer', false],
])('after %j, later assignments may be evaluated: %s', (text, expected) => {
  expect(integersFollow(readWords(`${text.replace('B', unknownMark)} `).before)).toBe(expected);
});

test.each(['evalx', 'x.', '.x', 'xsource', 'sourcex', 'execx', 'cat'])('%s does not run its input', (name) => {
  expect(explainInput(readWords(`${name} `).before, '<')).toBeUndefined();
});
