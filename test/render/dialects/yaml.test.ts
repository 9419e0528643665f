import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { compileTemplate } from '../../../src/render/template.js';
import { hostile } from '../hostile.js';
import { makeService, makeView, problemsOf, render } from '../views.js';

const options = { dialect: 'yaml' } as const;

/** Contexts, and the data that a reader must find under `k`. `V` is the value. */
const places: readonly (readonly [name: string, text: string, expected: (v: string) => unknown])[] = [
  ['as a scalar', 'k: V\n', (v) => v],
  ['as a scalar before a comment', 'k: V # c "\n', (v) => v],
  ['in a list', 'k:\n  - V\n  - b\n', (v) => [v, 'b']],
  ['in brackets', 'k: [V, "b", {c: V }]\n', (v) => [v, 'b', { c: v }]],
  ['in braces, JSON style', 'k: {"a":"V","b": V }\n', (v) => ({ a: v, b: v })],
  ['as a key', 'k:\n  V: 1\n', (v) => ({ [v]: 1 })],
  ['in double quotes', 'k: "aVb"\n', (v) => `a${v}b`],
  ['in single quotes', "k: 'it''s V'\n", (v) => `it's ${v}`],
  ['in a plain scalar', 'k: http://V/x\n', (v) => `http://${v}/x`],
  ['at the start of a plain scalar', 'k: V-x\n', (v) => `${v}-x`],
  ['in a plain scalar in brackets', 'k: [aVb, c]\n', (v) => [`a${v}b`, 'c']],
  ['in a literal block', 'k: |\n  it\'s "V # x\n  V.\nj: V\n', (v) => `it's "${v} # x\n${v}.\n`],
  ['in a folded block in a list', 'k:\n  - a: >-\n      xV\n    b: "V"\n', (v) => [{ a: `x${v}`, b: v }]],
  ['in a comment', '# V\nk: 1 # V\n', () => 1],
  ['after an apostrophe in plain text', "k: it's V\n", (v) => `it's ${v}`],
];

test.each(places)('%s, text arrives exactly or is rejected', (_name, text, expected) => {
  const template = compileTemplate({
    name: 't.hbs',
    text: `{{#each services}}{{#each instances}}\n${text.replaceAll('V', '{{metadata.v}}')}{{/each}}{{/each}}`,
    scope: 'root',
    dialect: 'yaml',
  });
  let kept = 0;
  fc.assert(
    fc.property(hostile, (v) => {
      const view = makeView({ services: [makeService('s', [{ metadata: { v } }])] });
      const { text: out, rejected } = template.render(view);
      if (rejected.length > 0) return;
      kept++;
      for (const version of ['1.2', '1.1'] as const) {
        const parsed = parse(out, { version, uniqueKeys: true }) as { k: unknown };
        expect(parsed.k, out).toEqual(expected(v));
      }
    }),
    { numRuns: 200 },
  );
  expect(kept).toBeGreaterThan(20);
});

test('any data can be written in place of a whole scalar', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (v) => {
      fc.pre(!/\\ud[89a-f]/i.test(JSON.stringify(v)));
      const { text } = render('k: {{vars.v}}\n', makeView({ vars: { v } }), options);
      expect(parse(text)).toEqual({ k: JSON.parse(JSON.stringify(v)) as unknown });
    }),
  );
});

test.each([
  ['k: {{vars.v}}:{{vars.p}}\n', { v: '[2001:db8::1]', p: 80 }, 'Put the whole scalar in double quotes.'],
  ['k: [{{#each vars.l}}{{this}}{{#unless @last}}, {{/unless}}{{/each}}]\n', { l: ['yes'] }, 'another type than text'],
  ['k: |\n  {{vars.v}}\n', { v: ' x' }, 'a leading blank would change the indentation'],
  ["k: '{{vars.v}}'\n", { v: 'a\nb' }, 'a line break'],
])('%s refuses %j', (text, vars, reason) => {
  expect(() => render(text, makeView({ vars }), options)).toThrow(reason);
});

test.each([
  ['a block scalar with an explicit indentation', 'k: |2\n  {{target.name}}\n'],
  ['a quote where a block may have begun a scalar', 'k: {{#if services}}a {{/if}}"{{target.name}}"\n'],
])('%s is not followed', (_name, text) => {
  expect(problemsOf(text, options)[0]?.message).toBe('a value where quotes and text cannot be distinguished');
});

test('a value that is not indented ends a block scalar', () => {
  const text = 'k: |\n  text\n{{vars.v}}: "{{vars.v}}"\n';
  expect(parse(render(text, makeView({ vars: { v: 'a: "b' } }), options).text)).toEqual({
    k: 'text\n',
    'a: "b': 'a: "b',
  });
});

test('an indented partial is read at its own indentation', () => {
  const partials = { block: 'a: |\n  x {{v}}\nb: "{{v}}"\n' };
  const { text } = render('k:\n  {{> block vars}}\nend: {{vars.v}}\n', makeView({ vars: { v: '"q" # x' } }), {
    ...options,
    partials,
  });
  expect(parse(text)).toEqual({ k: { a: 'x "q" # x\n', b: '"q" # x' }, end: '"q" # x' });
});
