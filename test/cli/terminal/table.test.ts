import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { table } from '../../../src/cli/terminal/table.js';
import { widthOf } from '../../../src/cli/terminal/width.js';

interface Row {
  readonly name: string;
  readonly address: string;
  readonly tags: string;
}

const name = { head: 'NAME', cell: (row: Row) => row.name };
const address = { head: 'ADDRESS', cell: (row: Row) => row.address };
const tags = { head: 'TAGS', cell: (row: Row) => row.tags };
const columns = [name, tags];
const row = (some: Partial<Row>): Row => ({ name: '', address: '', tags: '', ...some });

describe('a table', () => {
  it('is as wide as its widest cells, without spaces at the ends of lines', () => {
    const rows = [row({ name: 'web', tags: 'a,b' }), row({ name: 'payments' })];
    expect(table(columns, rows)).toBe('NAME      TAGS\nweb       a,b\npayments\n');
  });

  it('cuts a cell that does not fit, and shows that it did', () => {
    expect(table(columns, [row({ name: 'web', tags: 'abcdefghij' })], { width: 12 })).toBe(
      'NAME  TAGS\nweb   abcde…\n',
    );
  });

  it('cuts the widest cells first, and kept ones only when nothing else is left to cut', () => {
    const rows = [row({ name: 'a-rather-long-name', address: '192.0.2.1:8080', tags: 'aaaaaaaaaaaaaaaaaaaa' })];
    const [free, kept] = [
      [name, address, tags],
      [{ ...name, kept: true } as const, { ...address, kept: true } as const, tags],
    ];
    expect(table(free, rows, { width: 40 }).split('\n')[1]).toBe('a-rather-lo…  192.0.2.1:8…  aaaaaaaaaaa…');
    expect(table(kept, rows, { width: 42 }).split('\n')[1]).toBe('a-rather-long-name  192.0.2.1:8080  aaaaa…');
    expect(table(kept, rows, { width: 30 }).split('\n')[1]).toBe('a-rather-l…  192.0.2.1:…  aaa…');
  });

  it('leaves the last columns out where there is no room for all', () => {
    const rows = [row({ name: 'payments', address: '192.0.2.1:8080', tags: 'aaaaaaa' })];
    expect(table([name, address, tags], rows, { width: 12 })).toBe('NAME   ADDR…\npaym…  192.…\n');
  });

  it('lines up wide characters, marks and emoji, and cuts none of them in half', () => {
    const rows = ['web', '漢字', 'e\u0301t\u0301', '👩🏽', '한국어'].map((text) => row({ name: text, tags: '|' }));
    const lines = table(columns, rows).trimEnd().split('\n').slice(1);
    expect(lines.map((line) => widthOf(line.slice(0, line.indexOf('|'))))).toEqual([8, 8, 8, 8, 8]);
    expect(table([name], [row({ name: '漢字漢字漢字' })], { width: 6 }).split('\n')[1]).toBe('漢字…');
  });

  it('lets no cell move the cursor, forge a line or turn the direction', () => {
    const hostile = row({ name: 'web\u001b[2J\u009b2J', tags: 'a\nb\u202e\u2028\ud800' });
    const shown = 'web\\u{1b}[2J\\u{9b}2J  a\\u{a}b\\u{202e}\\u{2028}\\u{d800}';
    expect(table(columns, [hostile]).split('\n').slice(1)).toEqual([shown, '']);
  });

  it('colours what it has cut and padded, not what it measures', () => {
    const loud = { ...name, paint: (text: string, { tags }: Row) => `<${tags}>${text}</>` };
    const rows = [row({ name: 'web', tags: 'x' }), row({ name: 'payments', tags: 'y' })];
    const options = { width: 14, paintHead: (text: string) => `[${text}]` };
    expect(table([loud, tags], rows, options)).toBe('[NAME]      [TAGS]\n<x>web</>       x\n<y>payments</>  y\n');
  });

  it('is only its heads when there is nothing to show', () => {
    expect(table(columns, [])).toBe('NAME  TAGS\n');
  });

  it('never is wider than it may be, and loses no row', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 40 });
    const rows = fc.array(fc.record({ name: text, address: text, tags: text }), { maxLength: 5 });
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 80 }), (some, width) => {
        const lines = table([{ ...name, kept: true }, address, tags], some, { width }).split('\n');
        expect(lines).toHaveLength(some.length + 2);
        for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width);
      }),
    );
  });
});
