import { describe, expect, test } from 'vitest';
import { briefly, makeService, makeView, problemsOf, render, renderText } from './views.js';

const web = makeService('web', [
  { id: 'a', port: 80, metadata: { zone: 'z1' } },
  { id: 'b', port: 81 },
]);
const pairs = [
  { key: '/shop/empty', value: '' },
  { key: '/shop/zero', value: '0' },
];
const view = makeView({
  services: [web],
  vars: { n: 0, off: false, none: null, list: [], text: 'x' },
  kv: { pairs, tree: {} },
});

describe('#let', () => {
  test.each([
    // The body of {{#with}} would be left out in each of these.
    ['{{#let (get "/shop/empty") as |x|}}[{{x}}]{{/let}}', '[]'],
    ['{{#let (get "/shop/none") as |x|}}[{{default x "d"}}]{{/let}}', '[d]'],
    ['{{#let vars.none as |x|}}[{{default x "d"}}]{{/let}}', '[d]'],
    ['{{#let vars.n vars.off as |n off|}}{{n}} {{off}}{{/let}}', '0 false'],
    ['{{#let vars.list as |x|}}[{{#each x}}-{{else}}none{{/each}}]{{/let}}', '[none]'],
    ['{{#let (service "api") as |x|}}[{{#with x}}{{name}}{{/with}}]{{/let}}', '[]'],
    // The context stays the same.
    ['{{#let "a" as |x|}}{{target.name}}{{x}}{{@root.target.name}}{{/let}}', 'proxyaproxy'],
    [
      '{{#each services}}{{#let (count instances) as |n|}}{{name}}={{n}} {{../target.name}}{{/let}}{{/each}}',
      'web=2 proxy',
    ],
    // Names are seen in inner blocks, and inner names hide outer ones.
    ['{{#let "a" as |x|}}{{#each services}}{{#each instances}}{{x}}{{id}}{{/each}}{{/each}}{{/let}}', 'aaab'],
    ['{{#let "a" "b" as |x y|}}{{#let y as |x|}}{{x}}{{y}}{{/let}}{{x}}{{/let}}', 'bba'],
    ['{{#each vars.more as |m i|}}{{#let i m as |a b|}}{{a}}{{b}}{{/let}}{{/each}}', '0p1q'],
  ])('%s', (text, expected) => {
    expect(renderText(text, { ...view, vars: { ...view.vars, more: ['p', 'q'] } })).toBe(expected);
  });

  test('a missing value is rejected where it is written, and only there', () => {
    const text =
      '{{#each services}}{{#each instances}}{{#let metadata.zone as |z|}}{{id}}{{z}}{{/let}}{{/each}}{{/each}}';
    expect(render(text, view).rejected).toMatchObject([
      { instance: { id: 'b' }, reason: expect.stringContaining('{{z}} is missing') as string },
    ]);
  });

  test('a value is escaped for its place', () => {
    const text = 'a {{#let vars.text as |x|}}"{{x}}"{{/let}};';
    expect(renderText(text, makeView({ vars: { text: 'a"b' } }), { dialect: 'nginx' })).toBe('a "a\\"b";');
  });

  test.each([
    ['{{#let}}x{{/let}}', '1:1 #let takes one argument or more, not 0'],
    ['{{#let target.name}}x{{/let}}', '1:1 #let gives 1 value to 0 names'],
    ['{{#let 1 2 as |a|}}x{{/let}}', '1:1 #let gives 2 values to 1 name'],
    ['{{#let 1 as |a|}}x{{else}}y{{/let}}', '1:1 #let has no {{else}}, because it always writes its body'],
    ['{{#let 1 x=2 as |a|}}x{{/let}}', '1:10 #let takes no "x="'],
    ['{{#let target.nme as |a|}}x{{/let}}', '1:8 target has no "nme"'],
    ['{{#let target as |t|}}{{t.nme}}{{/let}}', '1:25 target has no "nme"'],
    ['{{#let (service "web") as |s|}}{{s.name}}{{/let}}', '1:34 s may be missing'],
    ['{{#let (get "/a") as |a|}}{{/let}}{{a}}', '1:37 the view has no "a"'],
    ['{{let 1}}', '1:3 let is a block'],
  ])('%s: %s', (text, problem) => {
    expect(briefly(text)[0]).toBe(problem);
  });
});

test('a call without parentheses in a block is explained', () => {
  expect(problemsOf('{{#if eq target.name "x"}}{{/if}}')[0]).toMatchObject({
    message: '#if takes one argument, not 3',
    hint: 'Write a call in parentheses: {{#if (eq target.name "x")}}.',
  });
});
