import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { codeOnOneLine, proseOnOneLine } from '../../scripts/docs/source-text.mjs';

it.each([
  ["a: 'http://a' | 'https://b'", "a: 'http://a' | 'https://b'"],
  ['a: string; // a comment\n  b: number', 'a: string; b: number'],
  ['{\n  /** A comment: `//`. */\n  a: string\n}', '{ a: string }'],
  ['a: \'/* no comment */\' /* a comment */ | "//"', 'a: \'/* no comment */\' | "//"'],
  ['a: `x//${string}`; b: 1', 'a: `x//${string}`; b: 1'],
])('shows the code %j without its comments', (code, shown) => {
  expect(codeOnOneLine(code)).toBe(shown);
});

it('keeps an address in prose', () => {
  expect(proseOnOneLine('One host:\n `https://a:1`, /* or\n two')).toBe('One host: `https://a:1`, /* or two');
});

it('has whole sentences in the tables of the library', async () => {
  const page = await readFile(new URL('../../docs/library.md', import.meta.url), 'utf8');
  expect(page).toContain('`https://etcd-0.internal:2379`');
  expect(page.match(/https?:\s*\|/g) ?? []).toEqual([]);
});
