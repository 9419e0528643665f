import { expect, test } from 'vitest';
import { dialects } from '../../../src/render/dialects/grammar.js';
import { isDialect } from '../../../src/render/dialects/choose.js';
import { unknownMark, valueMark } from '../../../src/render/dialects/marks.js';
import {
  ending,
  initialState,
  joinStates,
  keyOfState,
  passValue,
  sameState,
} from '../../../src/render/dialects/state.js';
import type { State } from '../../../src/render/dialects/state.js';
import { noPlain } from '../../../src/render/dialects/yaml-plain.js';

const at = (patch: Partial<State>): State => ({ ...initialState, ...patch });

const afterValue = { ...noPlain, text: valueMark, open: 'yes' } as const;

test('after a value, the state is inside a word', () => {
  expect(passValue(at({ line: 'a', command: 'b', escaped: true }))).toEqual(
    at({ line: `a${valueMark}`, command: `b${valueMark}`, word: 'inside', head: false, plain: afterValue }),
  );
  expect(passValue(at({ mode: 'double' }))).toEqual(at({ mode: 'double', line: valueMark, word: 'inside' }));
  expect(passValue(at({ mode: 'double', head: false })).head).toBe(false);
  expect(passValue(at({ mode: 'lost', line: 'a' }))).toEqual(at({ mode: 'lost', line: 'a' }));
});

test.each<[Partial<State>, Partial<State>, Partial<State> | string]>([
  [{}, {}, {}],
  [{ mode: 'lost', line: 'a' }, { line: 'b' }, { mode: 'lost', line: 'a' }],
  [{ line: 'a' }, { mode: 'lost' }, { mode: 'lost', line: 'a' }],
  [{ mode: 'double' }, {}, 'in double quotes and outside quotes'],
  [{ escaped: true }, {}, 'after a backslash and not'],
  [{ nest: '(' }, {}, 'with different brackets open'],
  [{ command: 'a\uFDD0b' }, { command: 'a' }, 'inside and outside a "case"'],
  [{ word: 'inside' }, {}, { word: 'unknown' }],
  [{ word: 'inside' }, { word: 'inside' }, { word: 'inside' }],
  [{ line: 'a' }, { line: 'b' }, { line: unknownMark }],
  [{ line: 'a' }, { line: 'a' }, { line: 'a' }],
  [{ head: false }, { head: true }, { head: true }],
  [{ head: true }, { head: false }, { head: true }],
  [{ head: false }, { head: false }, { head: false }],
  [{ command: 'a b' }, { command: 'a c' }, { command: `a ${unknownMark}` }],
  [{ plain: { ...noPlain, low: 2 } }, { plain: { ...noPlain, low: 4 } }, { plain: { ...noPlain, low: 2 } }],
])('%j and %j join to %j', (a, b, expected) => {
  expect(joinStates(at(a), at(b))).toEqual(typeof expected === 'string' ? expected : at(expected));
});

test.each<[Partial<State>]>([
  [{ mode: 'double' }],
  [{ word: 'inside' }],
  [{ escaped: true }],
  [{ line: 'a' }],
  [{ nest: '(' }],
  [{ head: false }],
  [{ command: 'a' }],
  [{ indent: ' ' }],
  [{ plain: { ...noPlain, text: '1' } }],
  [{ plain: { ...noPlain, open: 'yes' } }],
  [{ plain: { ...noPlain, low: 0 } }],
  [{ plain: { ...noPlain, high: 0 } }],
  [{ plain: { ...noPlain, from: 0 } }],
])('a state with %j is another one', (patch) => {
  expect(sameState(initialState, at(patch))).toBe(false);
  expect(sameState(at(patch), at(patch))).toBe(true);
  expect(keyOfState(at(patch))).not.toBe(keyOfState(initialState));
});

test('the order of the fields makes no difference', () => {
  const reversed = Object.fromEntries(Object.entries(initialState).reverse()) as unknown as State;
  expect(sameState(initialState, reversed)).toBe(true);
});

test.each<[State['mode'], string]>([
  ['bare', 'outside quotes'],
  ['double', 'in double quotes'],
  ['single', 'in single quotes'],
  ['comment', 'in a comment'],
  ['block', 'in a block scalar'],
  ['opaque', 'in an expansion'],
  ['lost', 'in an unknown context'],
])('%s is called %s', (mode, words) => {
  expect(ending(at({ mode }))).toBe(words);
});

test('only the dialects that a config can name are dialects', () => {
  expect(dialects.filter(isDialect)).toEqual([
    'none',
    'nginx',
    'haproxy',
    'json',
    'yaml',
    'shell',
    'fields',
    'zone',
    'dotenv',
  ]);
  expect(['path', 'toString', ''].filter(isDialect)).toEqual([]);
});
