import { describe, expect, it } from 'vitest';
import { table } from '../../src/cli/table.js';

const columns = [
  { head: 'NAME', cell: (row: { name: string; tags: string }) => row.name },
  { head: 'TAGS', cell: (row: { name: string; tags: string }) => row.tags },
];

describe('a table', () => {
  it('is as wide as its widest cells, without spaces at the ends of lines', () => {
    const rows = [
      { name: 'web', tags: 'a,b' },
      { name: 'payments', tags: '' },
    ];
    expect(table(columns, rows)).toBe('NAME      TAGS\nweb       a,b\npayments\n');
  });

  it('cuts a line that does not fit, and shows that it did', () => {
    expect(table(columns, [{ name: 'web', tags: 'abcdefghij' }], 10)).toBe('NAME  TAGS\nweb   abc…\n');
  });

  it('lets no cell move the cursor or forge a line', () => {
    const hostile = { name: 'web\u001b[2J', tags: 'a\nb\u202e' };
    expect(table(columns, [hostile])).toBe('NAME          TAGS\nweb\\u{1b}[2J  a\\u{a}b\\u{202e}\n');
  });

  it('is only its heads when there is nothing to show', () => {
    expect(table(columns, [])).toBe('NAME  TAGS\n');
  });
});
