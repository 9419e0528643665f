import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hideCredentials } from '../../src/model/redact.js';

describe('credentials in a text', () => {
  it.each([
    ['https://root:hunter2@192.0.2.1:2379', 'https://…@192.0.2.1:2379'],
    ['https://root@host', 'https://…@host'],
    ['https://root:a@b/c@host/path', 'https://…@host/path'],
    ['root:hunter2@host:2379', '…@host:2379'],
    ['  endpoints: ["https://root:hunter2@a"] # why', '  endpoints: ["https://…@a"] # why'],
    ['[root:hunter2@a]', '[…@a]'],
    ['url: http://a:b@c, other: http://d:e@f', 'url: http://…@c, other: http://…@f'],
  ])('%s is shown as %s', (text, shown) => {
    expect(hideCredentials(text)).toBe(shown);
  });

  it.each(['', 'http://192.0.2.1:2379', 'root@host', '@', 'owner: a@example.com', '<<: *base'])(
    '%j has none and stays as it is',
    (text) => {
      expect(hideCredentials(text)).toBe(text);
    },
  );

  it('never shows a password, whatever text surrounds the address', () => {
    const around = fc.string().map((text) => text.replaceAll('hunter2', ''));
    fc.assert(
      fc.property(around, around, (before, after) => {
        expect(hideCredentials(`${before}https://root:hunter2@host${after}`)).not.toContain('hunter2');
      }),
    );
  });
});
