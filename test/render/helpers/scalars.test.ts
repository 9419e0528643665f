import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { makeView, problemsOf } from '../views.js';
import { evaluate, evaluateWith, mistakesIn, rejectionOf } from './evaluate.js';

const vars = { list: ['a', 'b', 'c'], nums: [3, 1, 2], map: { k: 'v' }, objects: [{ n: 1 }, { n: 2 }] };

test.each<[string, unknown]>([
  ['first vars.list', 'a'],
  ['last vars.list', 'c'],
  ['limit vars.list 2', ['a', 'b']],
  ['limit vars.list 0', []],
  ['slice vars.list 1', ['b', 'c']],
  ['slice vars.list 1 2', ['b']],
  ['reverse vars.list', ['c', 'b', 'a']],
  ['count vars.list', 3],
  ['count vars.map', 1],
  ['sum vars.nums', 6],
  ['sum vars.objects "n"', 3],
  ['sum (slice vars.nums 3)', 0],
  ['contains vars.list "b"', true],
  ['contains vars.list 1', false],
  ['contains "abc" "bc"', true],
  ['concat "a" 1 "b"', 'a1b'],
  ['concat vars.list vars.nums', ['a', 'b', 'c', 3, 1, 2]],
  ['list "a" "b"', ['a', 'b']],
  ['seq 2 4', [2, 3, 4]],
  ['seq 4 2', []],
  ['add 1 2 3', 6],
  ['subtract 1 3', -2],
  ['multiply 2 3 4', 24],
  ['divide 7 2', 3.5],
  ['floor (divide 7 2)', 3],
  ['ceil (divide 7 2)', 4],
  ['round 2.5', 3],
  ['modulo 7 3', 1],
  ['modulo -1 3', 2],
  ['min 3 1 2', 1],
  ['max 3 1 2', 3],
  ['toNumber "-12.5"', -12.5],
  ['lt 1 2', true],
  ['lt "B" "a"', true],
  ['lte 2 2', true],
  ['gt 10 9', true],
  ['gt "10" "9"', false],
  ['gte 1 2', false],
  ['ne 1 2', true],
  ['ne "a" "a"', false],
  ['upper "aß"', 'ASS'],
  ['lower "ÀB"', 'àb'],
  ['capitalize "web api"', 'Web api'],
  ['trim " a b\t"', 'a b'],
  ['trimPrefix "/services/web" "/services/"', 'web'],
  ['trimSuffix "a.example.com" ".example.com"', 'a'],
  ['startsWith "api-1" "api-"', true],
  ['endsWith "api-1" "api-"', false],
  ['replace "a.b.c" "." "$&"', 'a$&b$&c'],
  ['split "a,b,,c" ","', ['a', 'b', '', 'c']],
  ['split "" ","', []],
  ['substring "👍bcd" 0 2', '👍b'],
  ['substring "abc" 1', 'bc'],
  ['padStart 7 3 "0"', '007'],
  ['padStart "abcd" 3 "0"', 'abcd'],
  ['basename "/a/b/"', 'b'],
  ['basename "a"', 'a'],
  ['dirname "/a/b/c"', '/a/b'],
  ['dirname "/a"', '/'],
  ['dirname "a"', '.'],
  ['json vars.map', '{"k":"v"}'],
  ["lookup (parseJson '{\"a\": [1]}') 'a'", [1]],
  ['base64 "é"', 'w6k='],
  ['base64Decode "w6k"', 'é'],
  ['urlEncode "a b/c"', 'a%20b%2Fc'],
  ['isIPv4 "192.0.2.1"', true],
  ['isIPv4 "::ffff:192.0.2.1"', false],
  ['isIPv4 "010.0.0.1"', false],
  ['isIPv6 "2001:db8::1"', true],
  ['isIPv6 "[2001:db8::1]"', false],
  ['reverseName "192.0.2.1"', '1.2.0.192.in-addr.arpa'],
  ['reverseName "2001:db8::567:89ab"', 'b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa'],
  ['cidrContains "10.0.0.0/8" "10.255.0.1"', true],
  ['cidrContains "10.0.0.0/8" "11.0.0.1"', false],
  ['cidrContains "fd00::/8" "fd12::1"', true],
  ['cidrContains "10.0.0.0/8" "web.example.com"', false],
])('%s', (call, expected) => {
  expect(evaluateWith(vars, call)).toEqual(expected);
});

test.each([
  ['divide 1 vars.zero', 'divide cannot divide by 0'],
  ['modulo 1 vars.zero', 'modulo cannot divide by 0'],
  ['add vars.text 1', 'add takes a number for its a, not text'],
  ['multiply 9007199254740991 2', 'the result is too large to be exact'],
  ['lt vars.zero vars.text', 'lt takes two numbers or two texts, not a number and text'],
  ['toNumber "0x10"', 'the text is not a decimal number'],
  ['toNumber ""', 'the text is not a decimal number'],
  ['upper vars.zero', 'upper takes text for its text, not a number'],
  ['replace "a" "" "b"', 'replace takes something to search for, not the empty text'],
  ['split "a" ""', 'split takes a separator, not the empty text'],
  ['substring "a" -1', 'substring takes whole numbers from 0'],
  ['padStart "a" 1001 "x"', 'padStart takes a whole number from 0 to 1000'],
  ['padStart "a" 5 "xy"', 'padStart fills with one character'],
  ['limit vars.list 0.5', 'limit takes whole numbers from 0'],
  ['seq 1 10001', 'seq gives at most 10000 numbers'],
  ['sum vars.list', 'sum takes numbers, not text'],
  ['count vars.zero', 'count takes a list or a map, not a number'],
  ['concat vars.list "a"', 'concat takes either lists or text and numbers, not a list'],
  ['parseJson "{"', 'the text is not JSON'],
  ['parseJson vars.deep', 'the value is nested deeper than 100 levels'],
  ['base64Decode "a"', 'the text is not base64'],
  ['base64Decode "/w=="', 'the decoded bytes are not UTF-8 text'],
  ['reverseName "web.example.com"', 'reverseName takes an IP address'],
  ['cidrContains vars.text "10.0.0.1"', 'cidrContains takes a CIDR block such as 10.0.0.0/8 or fd00::/8'],
])('%s is rejected', (call, message) => {
  const deep = '['.repeat(5000) + ']'.repeat(5000);
  expect(rejectionOf(call, makeView({ vars: { zero: 0, text: 'x', list: ['a'], deep } }))).toBe(message);
});

test.each([
  ['add "1" 2', '5 add takes a number for its a, not text'],
  ['upper port', '7 upper takes text for its text, not a number'],
  ['lt port "80"', '-1 lt takes two numbers or two texts, not a number and text'],
  ['gt held true', '-1 gt takes two numbers or two texts, not true or false and true or false'],
  ['contains tags 1', '15 a list of text never contains a number'],
  ['contains port 1', '10 contains takes a list or text, not a number'],
  ['sum ../instances', '-1 sum takes numbers, not Instance'],
  ['sum ../instances "address"', '-1 sum takes numbers, not text'],
  ['sum ../instances "wieght"', '18 Instance has no field "wieght"'],
  ['count address', '-1 count takes a list or a map, not text'],
  ['concat tags "x"', '-1 concat takes either lists or text and numbers, not both'],
  ['cidrContains "10.0.0.0/33" address', '14 this is not a CIDR block'],
  ['substring id', '-1 substring takes 2 to 3 arguments, not 1'],
  [
    'default "none" address',
    '9 default takes its arguments in the order value, fallback, and here a literal is the value',
  ],
  ['default 80 port', '9 default takes its arguments in the order value, fallback, and here a literal is the value'],
  ['split "," address', '7 split takes its arguments in the order text, separator, and here a literal is the text'],
  [
    'replace "." "_" address',
    '9 replace takes its arguments in the order text, search, replacement, and here a literal is the text',
  ],
  ['trimPrefix "api-" id', '12 trimPrefix takes its arguments in the order text, part, and here a literal is the text'],
  ['eq (or id address) 1', '-1 text never equals a number'],
  ['join metadata ","', '6 join takes a list for its list, not a map of text'],
])('%s is a mistake', (call, message) => {
  expect(mistakesIn(call)).toEqual([message]);
});

test('the hint for a wrong order of arguments is the call in the right order', () => {
  const [problem] = problemsOf('{{replace "/" "." (get "/a")}}');
  expect(problem?.hint).toBe('Write (replace (get "/a") "/" ".").');
  expect(problemsOf('{{replace (get "/a") "/" "."}}{{split "a,b" ","}}', { dialect: 'json' })).toEqual([]);
});

describe('or and and', () => {
  test.each<[string, unknown]>([
    ['or vars.none vars.empty "d"', 'd'],
    ['or vars.text "d"', 'x'],
    ['or vars.gone "d"', 'd'],
    ['or vars.zero vars.off', false],
    ['or vars.off vars.zero', 0],
    ['or vars.empty vars.no', []],
    ['or (get "/a") (get "/b") "d"', 'd'],
    ['and vars.text vars.list', ['a']],
    ['and vars.text vars.empty vars.zero', ''],
    ['and vars.no vars.text', []],
    ['not (and vars.text vars.list)', false],
  ])('%s gives the value', (call, expected) => {
    const values = { none: null, empty: '', text: 'x', zero: 0, off: false, no: [], list: ['a'] };
    expect(evaluateWith(values, call)).toEqual(expected);
  });

  test('a missing value that is all there is, is missing', () => {
    expect(rejectionOf('or vars.gone vars.none2')).toBe('{{or vars.gone vars.none2}} is missing');
    expect(rejectionOf('and vars.gone "x"')).toBe('{{and vars.gone "x"}} is missing');
  });

  test('as conditions they are what all and some are, and they never make a value up', () => {
    const value = fc.oneof(
      fc.constantFrom(null, '', 0, false, true, 1, 'a'),
      fc.array(fc.constant('a'), { maxLength: 1 }),
      fc.constant({}),
    );
    const truth = (one: unknown): boolean => (Array.isArray(one) ? one.length > 0 : Boolean(one));
    fc.assert(
      fc.property(value, value, value, (a, b, c) => {
        const all = { a, b, c };
        expect(evaluateWith(all, 'not (or vars.a vars.b vars.c)')).toBe(![a, b, c].some(truth));
        expect(evaluateWith(all, 'not (and vars.a vars.b vars.c)')).toBe(![a, b, c].every(truth));
        expect(evaluateWith(all, 'or vars.a vars.b vars.c')).toEqual([a, b].find(truth) ?? c);
        expect(evaluateWith(all, 'and vars.a vars.b vars.c')).toEqual(!truth(a) ? a : !truth(b) ? b : c);
      }),
      { numRuns: 50 },
    );
  });
});

const wellFormed = fc.string({ unit: 'grapheme', maxLength: 30 });

test('base64, JSON and YAML say what they were given', () => {
  fc.assert(
    fc.property(wellFormed, fc.jsonValue({ maxDepth: 4 }), (text, value) => {
      expect(evaluateWith({ text }, 'base64Decode (base64 vars.text)')).toBe(text);
      expect(evaluateWith({ text }, 'sha256 vars.text')).toBe(createHash('sha256').update(text).digest('hex'));
      expect(decodeURIComponent(String(evaluateWith({ text }, 'urlEncode vars.text')))).toBe(text);
      const made = evaluateWith({ value }, 'json vars.value');
      expect(made).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
      expect(JSON.parse(String(made))).toEqual(JSON.parse(JSON.stringify(value)));
      expect(evaluateWith({ made }, 'parseJson vars.made')).toEqual(JSON.parse(String(made)));
      expect(parse(String(evaluateWith({ value }, 'yaml vars.value')))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
    { numRuns: 60 },
  );
});

test('a negative zero is a zero', () => {
  expect(evaluateWith({ value: -0 }, 'json vars.value')).toBe('0');
  expect(evaluateWith({ value: [{ a: -0 }] }, 'yaml vars.value')).toBe('- a: 0');
});

test('a block contains the addresses whose first bits are its own', () => {
  const bitsOf = (bytes: readonly number[]): string => bytes.map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const four = fc.array(fc.oneof(fc.nat(255), fc.constantFrom(0, 10, 255)), { minLength: 4, maxLength: 4 });
  fc.assert(
    fc.property(four, four, fc.nat(32), (network, address, length) => {
      const inside = bitsOf(network).slice(0, length) === bitsOf(address).slice(0, length);
      const view = { cidr: `${network.join('.')}/${length}`, address: address.join('.') };
      expect(evaluateWith(view, 'cidrContains vars.cidr vars.address')).toBe(inside);
      expect(evaluateWith(view, 'reverseName vars.address')).toBe(`${[...address].reverse().join('.')}.in-addr.arpa`);
    }),
    { numRuns: 100 },
  );
});

test('a loop over numbers counts', () => {
  expect(evaluate('join (seq 1 3) "-"')).toBe('1-2-3');
});
