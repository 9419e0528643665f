import fc from 'fast-check';
import { expect, test } from 'vitest';
import { haproxy } from '../../../src/render/dialects/haproxy.js';
import { nginx } from '../../../src/render/dialects/nginx.js';
import { forEachValue, hostile } from '../hostile.js';
import { makeService, makeView, render } from '../views.js';
import { fill } from './reading.js';

const emptyWord = '!the value is empty, and so would be the word';
const mayBeEmpty = '!the value is empty, and so may be the word';
const endOfLine = '!HAProxy reads an empty word as the end of the line, in quotes too';
const flag = '!HAProxy reads a leading "-" as a flag in many places, in quotes too';
const keyword = '!nginx reads this word as a parameter here, in quotes too';

test.each([
  ['a ¤¤;', '', emptyWord],
  ['a ¤¤ b;', '', emptyWord],
  ['a ¤¤¤{', '', emptyWord],
  ['¤¤ b;', '', emptyWord],
  ['a;¤¤;', '', emptyWord],
  ['a {¤¤;', '', emptyWord],
  ['a }¤¤;', '', emptyWord],
  ['a ¤¤x;', '', 'a x;'],
  ['a ¤x¤;', '', 'a x;'],
  ['a x¤¤;', '', 'a x;'],
  ['a ¤§;', '', 'a b;'],
  ['a §¤;', '', 'a b;'],
  ['a ¤§ ¤;', '', emptyWord],
  ['a "¤¤";', '', 'a "";'],
  ['a ¿¤;', '', mayBeEmpty],
  ['a ¤¿;', '', mayBeEmpty],
  ['a ¿¤¤;', '', mayBeEmpty],
  ['a ¿¤§;', '', 'a b;'],
  ['a ¿§¤;', '', 'a b;'],
  ['a ¿x¤;', '', 'a x;'],
  ['a x¿¤;', '', 'a x;'],
  ['a ¿¤x;', '', 'a x;'],
  ['a ¿;', '', 'a ;'],
  ['a ¤§;', '=', '!nginx may read its first character as an operator'],
  ['¤§ 1;', 'include', 'includeb 1;'],
  ['a ¤¤;', 'default', 'a defaultdefault;'],
  ['"§¤" 1;', '~x', '"b~x" 1;'],
  ['a §; "¤" 1;', 'include', keyword],
  ['"x¤¤" 1;', '~', '"x~~" 1;'],
])('nginx: %j with %j becomes %j', (text, value, expected) => {
  expect(fill(nginx, text, value)).toBe(expected);
});

test.each([
  ['a ¤¤', '', emptyWord],
  ['a ¤¤ b', '', emptyWord],
  ['a ¤¤¤\n', '', emptyWord],
  ['¤¤ b', '', emptyWord],
  ['a ¤¤x', '', 'a x'],
  ['a ¤x¤', '', 'a x'],
  ['a x¤¤', '', 'a x'],
  ['a ¤§', '', 'a b'],
  ['a §¤', '', 'a b'],
  ['a ¤§ ¤', '', emptyWord],
  ['a ¿¤ b', '', mayBeEmpty],
  ['a ¤¿ b', '', mayBeEmpty],
  ['a ¿¤¤ b', '', mayBeEmpty],
  ['a ¿ ¤ b', '', emptyWord],
  ['a ¿ ¤ b', '-', flag],
  ['a ¿¤§ b', '', 'a b b'],
  ['a ¿§¤ b', '', 'a b b'],
  ['a ¿§¤ b', '-', 'a b- b'],
  ['a ¿x¤ b', '', 'a x b'],
  ['a ¿ f(¤) b', '', 'a  f() b'],
  ['a "¿¤¤" b', '', endOfLine],
  ['a ¿ "¤" b', '', endOfLine],
  ['a ¿ "¤¤" b', '', endOfLine],
  ['a ¿ "¤" b', '-', flag],
  ['a "¿§¤" b', '-', 'a "b-" b'],
  ['a ¿ f("¤") b', '-', 'a  f("-") b'],
  ['a "¤¤" b', '', endOfLine],
  ["a '¤¤¤' b", '', endOfLine],
  ['a "¤§" b', '', 'a "b" b'],
  ['a "§¤" b', '', 'a "b" b'],
  ['a "§¤" b', '-', 'a "b-" b'],
  ["a '§¤' b", '-', "a 'b-' b"],
  ['a §¤', '-', 'a b-'],
  ['a ¤§', '-', flag],
  ['a x"¤¤"', '-', flag],
  ['a § "¤"', '-', flag],
  ["a § '¤'", '-', flag],
  ['a "§" ¤', '-', flag],
  ['a "x¤¤" b', '', 'a "x" b'],
  ['a "x¤¤"', '-', 'a "x--"'],
])('HAProxy: %j with %j becomes %j', (text, value, expected) => {
  expect(fill(haproxy, text, value)).toBe(expected);
});

/** The text around one word. */
const places = {
  nginx: [
    ['x ', ';'],
    ['x ', ' y;'],
    ['', ' 1;'],
    ['x "', '";'],
    ['"', '" 1;'],
    ["x '", "';"],
  ],
  haproxy: [
    ['x ', ''],
    ['x ', ' y'],
    ['x "', '" y'],
    ["x '", "' y"],
  ],
} as const;

/** The output for one instance, or `!` and the reason of the refusal. */
function write(line: string, metadata: Readonly<Record<string, string>>, dialect: 'nginx' | 'haproxy'): string {
  const view = makeView({ services: [makeService('s', [{ metadata }])] });
  const { text, rejected } = render(forEachValue(line), view, { dialect });
  return rejected[0] === undefined ? text : `!${rejected[0].reason.replace(/^.* cannot be written [a-z ]*: /, '')}`;
}

/** The words that nginx reads as parameters. The first value is refused when it is one of them. */
const keywords = /^(?:default|delete|hostnames|include|proxy|proxy_recursive|ranges|volatile)$/;

const first = fc.oneof(hostile, fc.constantFrom('', '', '-', '-f', '~', '=', '@', 'def', 'include', 'a', '.', '\\'));
const rest = fc.oneof(hostile, fc.constantFrom('', '', '-', '-f', '~x', '=x', '@x', 'ault', 'include', 'b', '\\'));

test.each(
  (['nginx', 'haproxy'] as const).flatMap((dialect) => places[dialect].map((place) => [dialect, ...place] as const)),
)('%s: two values in one word are written as their joined text or refused, in %j … %j', (dialect, before, after) => {
  fc.assert(
    fc.property(first, rest, (a, b) => {
      const pair = write(`${before}{{metadata.a}}{{metadata.b}}${after}`, { a, b }, dialect);
      const whole = write(`${before}{{metadata.c}}${after}`, { c: a + b }, dialect);
      if (!pair.startsWith('!')) expect(pair).toBe(whole);
      else if (/^\w*$/.test(a + b) && !keywords.test(a)) expect(pair).toBe(whole);
    }),
    { numRuns: 300 },
  );
});

test('a word of values that together are a keyword of nginx is refused', () => {
  for (const before of ['', ' ', 'x;', 'x; ', 'x { ', '}', 'x } '])
    expect(write(`${before}{{metadata.a}}{{metadata.b}} 1;`, { a: 'def', b: 'ault' }, 'nginx'), before).toBe(keyword);
  expect(write('"{{metadata.a}}{{metadata.b}}" 1;', { a: '', b: '~x' }, 'nginx')).toContain('regular expression');
  expect(write('x {{metadata.a}}{{metadata.b}};', { a: 'def', b: 'ault' }, 'nginx')).toContain('x default;');
});

test.each([
  ['nginx', 'return 200 {{metadata.a}}{{metadata.b}};'],
  ['haproxy', 'http-request set-header X {{metadata.a}}{{metadata.b}} if TRUE'],
  ['haproxy', 'http-request set-header X "{{metadata.a}}{{metadata.b}}" if TRUE'],
] as const)('%s: an instance with two empty values keeps nothing of %s, its neighbours stay', (dialect, line) => {
  const values = [
    { a: '', b: '' },
    { a: 'x', b: '' },
    { a: '', b: 'y' },
  ];
  const services = [
    makeService(
      's',
      values.map((metadata, index) => ({ id: `i${index}`, metadata })),
    ),
  ];
  const { text, rejected } = render(forEachValue(line), makeView({ services }), { dialect });
  expect(rejected).toHaveLength(1);
  expect(text).toMatch(/x[^y]*\n.*y/s);
});
