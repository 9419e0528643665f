import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hostile } from '../hostile.js';
import { makeView, problemsOf, render, renderText } from '../views.js';

const options = { dialect: 'json' } as const;

test('text arrives exactly, as a value, in a string and as a key', () => {
  const text =
    '{"{{vars.v}}": {{vars.v}}, "x": "a{{vars.v}}b", "list": [{{#each vars.list}}{{this}}{{#unless @last}},{{/unless}}{{/each}}]}';
  fc.assert(
    fc.property(
      hostile.filter((v) => !/\p{Surrogate}/u.test(v) && v !== 'x' && v !== 'list'),
      (v) => {
        const parsed: unknown = JSON.parse(renderText(text, makeView({ vars: { v, list: [v, 'b'] } }), options));
        expect(parsed).toEqual({ [v]: v, x: `a${v}b`, list: [v, 'b'] });
      },
    ),
  );
});

test('any data can be written in place of a value', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (v) => {
      fc.pre(!/\\ud[89a-f]/i.test(JSON.stringify(v)));
      expect(JSON.parse(renderText('[{{vars.v}}]', makeView({ vars: { v } }), options))).toEqual([
        JSON.parse(JSON.stringify(v)),
      ]);
    }),
  );
});

test.each([
  [{ v: Infinity }, '{{vars.v}}', 'JSON has no infinite numbers'],
  [{ v: '\uD800' }, '"{{vars.v}}"', 'not valid Unicode'],
  [{ v: ['a'] }, '"{{vars.v}}"', 'it is a list or a map, and not text'],
  [{ v: null }, '"{{vars.v}}"', 'it is null'],
])('%j in %s is refused', (vars, text, reason) => {
  expect(() => render(text, makeView({ vars }), options)).toThrow(reason);
});

test('a list of a known type can be written as data, but not as text', () => {
  expect(problemsOf('{{services}}', options)).toEqual([]);
  expect(problemsOf('"{{services}}"', options)[0]?.message).toBe(
    'this is a list of Service, which cannot be written in a string',
  );
});
