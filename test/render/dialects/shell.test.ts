import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { binary } from '../../support/binaries.js';
import { forEachValue, renderAll, sample, seed } from '../hostile.js';
import { makeView, problemsOf, renderText } from '../views.js';

const options = { dialect: 'shell' } as const;
const values = sample(300);

/** Words, and the texts that a shell reads from them. */
const words: readonly (readonly [word: string, expected: (v: string) => string])[] = [
  ['{{metadata.v}}', (v) => v],
  ['a{{metadata.v}}b', (v) => `a${v}b`],
  ['"{{metadata.v}}"', (v) => v],
  ['"a{{metadata.v}}$EMPTY"', (v) => `a${v}`],
  ["'{{metadata.v}}'", (v) => v],
  ['"x$(printf %s. {{metadata.v}})"', (v) => `x${v}.`],
  ['"$(printf %s. "{{metadata.v}}" \'it\'"s")"', (v) => `${v}.its.`],
];

const shells = ['sh', 'bash'].filter((name) => binary(name) !== undefined);

test.each(shells.flatMap((name) => words.map(([word, expected]) => [name, word, expected] as const)))(
  `%s reads %s exactly (seed ${seed})`,
  (name, word, expected) => {
    const { text, kept } = renderAll(forEachValue(`printf '%s\\0' ${word} # {{metadata.v}}`), values, options);
    const out = execFileSync(binary(name) ?? name, ['-s'], { input: text, env: { HOME: '/home/x' } }).toString();
    expect(out.split('\0').slice(0, -1)).toEqual([...kept.values()].map(expected));
    expect(kept.size).toBeGreaterThan(40);
  },
);

test.each(shells)('%s assigns the text after NAME=', (name) => {
  const { text, kept } = renderAll(forEachValue(`V={{metadata.v}}\nprintf '%s\\0' "$V"`), values, options);
  const out = execFileSync(binary(name) ?? name, ['-s'], { input: text, env: {} }).toString();
  expect(out.split('\0').slice(0, -1)).toEqual([...kept.values()]);
});

test.each([
  ['web-1', 'web-1'],
  ['10.0.0.1:80', '10.0.0.1:80'],
  ['', "''"],
  ['a b', "'a b'"],
  ["it's", "'it'\\''s'"],
  ['if', "'if'"],
  ['A=1', "'A=1'"],
  ['~', "'~'"],
])('%j is written %s', (v, expected) => {
  expect(renderText('X={{vars.v}}', makeView({ vars: { v } }), options)).toBe(`X=${expected}`);
});

test('a number right before a redirection is quoted: it would be a file descriptor', () => {
  expect(renderText('echo {{vars.v}}>f; echo {{vars.v}} >f', makeView({ vars: { v: 2 } }), options)).toBe(
    "echo '2'>f; echo 2 >f",
  );
});

test.each([
  ['a here-document', 'cat <<EOF\n{{target.name}}\nEOF\n'],
  ['anything after a here-document', 'cat <<EOF\nx\nEOF\necho {{target.name}}\n'],
  ['backticks', 'echo `{{target.name}}`'],
  ['arithmetic', 'echo $(( {{vars.n}} + 1 ))'],
  ['an arithmetic command', '(( x = {{vars.n}} ))'],
  ['a parameter expansion', 'echo ${X:-{{target.name}} }'],
  ['the same in quotes', 'echo "${X:-{{target.name}} }"'],
  ['ANSI-C quotes', "echo $'{{target.name}}'"],
  ['a case in a substitution', 'echo "$(case x in x) echo {{target.name}};; esac)"'],
])('no value goes into %s', (_name, text) => {
  expect(problemsOf(text, options)[0]?.message).toBe(
    'a value inside or after shell syntax in which quotes do not protect it',
  );
});

test.each([
  '${X}',
  '$(( 1 + 2 ))',
  '$(id)',
  '(cd /; ls)',
  'f() { echo; }',
  'case x in x) echo;; esac',
  'echo x#y',
  "# it's\n",
  'a=(1 2)',
  'x <<< y'.slice(0, 1),
])('a value after %s is fine', (text) => {
  expect(problemsOf(`${text}\necho {{target.name}}`, options)).toEqual([]);
});
