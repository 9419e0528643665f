import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseHostName } from '../../../src/render/helpers/host-names.js';

describe('a host name', () => {
  test.each([
    ['www.example.com', 'www.example.com'],
    ['WWW.Example.COM', 'www.example.com'],
    ['www.example.com.', 'www.example.com'],
    ['www.example.com:8080', 'www.example.com'],
    ['www.example.com.:1', 'www.example.com'],
    ['*.example.com', '*.example.com'],
    ['*.local', '*.local'],
    ['my_app.example.com', 'my_app.example.com'],
    ['_x._tcp.example.com', '_x._tcp.example.com'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['BÜCHER.example:443', 'xn--bcher-kva.example'],
    ['*.bücher.example', '*.xn--bcher-kva.example'],
    ['日本語。テスト', 'xn--wgv71a119e.xn--zckzah'],
    ['u\u0308.example', 'xn--tda.example'],
    ['localhost', 'localhost'],
    ['127.0.0.1', '127.0.0.1'],
  ])('%s is %s', (text, host) => {
    expect(parseHostName(text)).toMatchObject({ host });
  });

  test.each([
    ['*', '"*" may only be'],
    ['**.example.com', '"*" may only be'],
    ['www.*', '"*" may only be'],
    ['*.*.example.com', '"*" may only be'],
    ['*.', 'a label is empty'],
    ['', 'a label is empty'],
    ['.example.com', 'a label is empty'],
    ['www..example.com', 'a label is empty'],
    ['www.example.com..', 'a label is empty'],
    ['www.example.com:0', 'not a port'],
    ['www.example.com:65536', 'not a port'],
    ['www.example.com:', 'not a port'],
    ['www.example.com:http', 'not a port'],
    ['http://www.example.com', 'not a port'],
    ['::1', 'labels have'],
    ['a/b', 'labels have'],
    ['a b', 'labels have'],
    ['a\nb', 'labels have'],
    ['-a.example', 'labels have'],
    ['$host', 'labels have'],
    ['ü/evil.example', 'international'],
    ['ü@evil.example', 'international'],
    ['ü%2eexample', 'international'],
    ['１２７.1', 'international'],
    ['ü.１', 'international'],
    ['xn--iñvalid.example', 'international'],
    [`${'a'.repeat(64)}.example`, 'a label is longer'],
    [`${'ü'.repeat(63)}.example`, 'a label is longer'],
    [Array.from({ length: 128 }, () => 'a').join('.'), 'longer than 253'],
    [`*.${Array.from({ length: 126 }, () => 'a').join('.')}a`, 'longer than 253'],
    ['a'.repeat(1_000_000), 'longer than 253'],
  ])('is not %.40j', (text, problem) => {
    expect(parseHostName(text)).toMatchObject({ problem: expect.stringContaining(problem) as string });
  });

  test('may have a longest length: of the whole name, or of each label behind "*."', () => {
    const [most, more] = ['a'.repeat(46), 'a'.repeat(47)];
    expect(parseHostName(most, 46)).toMatchObject({ host: most });
    expect(parseHostName(more, 46)).toEqual({ problem: 'it is longer than 46 bytes' });
    expect(parseHostName(`*.${most}.${most}`, 46)).toMatchObject({ host: `*.${most}.${most}` });
    expect(parseHostName(`*.${more}.b`, 46)).toEqual({ problem: 'it is longer than 46 bytes' });
  });

  test('of any text is plain ASCII, and its own spelling', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('.', '*', '*.', ':', ':80', 'ü', 'a', '-', '_', '。', '%', '/'),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const parsed = parseHostName(pieces.join(''));
        if (!('host' in parsed)) return;
        expect(parsed.host).toMatch(/^(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*$/);
        expect(parseHostName(parsed.host)).toEqual({ host: parsed.host, hadPort: false });
      }),
      { numRuns: 2000 },
    );
  });
});
