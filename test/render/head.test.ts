import { describe, expect, test } from 'vitest';
import { readHead } from '../../src/render/head.js';
import { briefly } from './views.js';

const head = (...lines: readonly string[]) => readHead({ file: 't.hbs', text: `{{!--\n${lines.join('\n')}\n--}}x` });
const problemsOf = (...lines: readonly string[]): string[] =>
  head(...lines).problems.map(({ line, column, message }) => `${line}:${column} ${message}`);

describe('the head comment', () => {
  test('declares vars with type, default and meaning', () => {
    const { vars, defaults, dialect, problems } = head(
      '  What it writes.',
      '  dialect: nginx',
      '  vars.zone: text                 the zone,',
      '      without a final dot',
      '  vars.names: boolean = false     true: also names',
      '  vars.a-b: "x" | "y" = "x"',
      '  vars.gap = "a  b"   two blanks',
      '  vars.free = [1]',
    );
    expect({ dialect, problems }).toEqual({ dialect: 'nginx', problems: [] });
    expect(defaults).toEqual({ names: false, 'a-b': 'x', gap: 'a  b', free: [1] });
    expect(vars.map(({ name, type, meaning, at }) => [name, type?.kind, meaning, at.line])).toEqual([
      ['zone', 'text', 'the zone, without a final dot', 4],
      ['names', 'boolean', 'true: also names', 6],
      ['a-b', 'union', '', 7],
      ['gap', undefined, 'two blanks', 8],
      ['free', undefined, '', 9],
    ]);
  });

  test('may be one line', () => {
    expect(readHead({ file: 't', text: '{{! vars.a: integer = 1 }}' }).defaults).toEqual({ a: 1 });
    expect(readHead({ file: 't', text: '{{!-- vars.a: text --}}' }).vars).toMatchObject([{ name: 'a' }]);
  });

  test.each([
    ['  vars.a: txt = ""', '2:3 the type of vars.a: there is no type "txt"'],
    [
      '  vars.a: boolean = "no"',
      '2:3 the default of vars.a has another type: expected true or false, got the text "no"',
    ],
    ['  vars.a: text = x', '2:3 the default of vars.a is not JSON'],
    ['  vars.a: text x', '2:3 the type of vars.a is followed by "x"'],
    ['  vars.a: text =', '2:3 the default of vars.a is not JSON'],
    ['  vars.a = 1\n  vars.a: text', '3:3 vars.a is declared twice'],
  ])('%s is a problem at its line', (line, problem) => {
    expect(problemsOf(line)).toEqual([problem]);
  });

  test('with an endless line costs little', () => {
    const started = performance.now();
    expect(problemsOf(`  vars.a = ["x",${'  '.repeat(50_000)}`)).toHaveLength(1);
    expect(performance.now() - started).toBeLessThan(1000);
  });
});

describe('a declared var', () => {
  const text =
    '{{!--\n  vars.zone: text\n  vars.on: boolean = true\n--}}{{vars.zone}}{{#if vars.on}}1{{/if}}{{vars.nope}}';
  test('is known to the template, set or not; another name is a mistake', () => {
    for (const vars of [{}, { zone: 'a' }, { zone: { not: 'text' }, on: 'no' }])
      expect(briefly(text, { known: { vars } })).toEqual([expect.stringContaining('vars has no "nope"') as string]);
  });
});
