import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf, textOf } from '../../../src/etcd/protocol/bytes.js';
import { keyAfter, rangeOfPrefix } from '../../../src/etcd/protocol/keys.js';

/** Bytes that are likely to be almost UTF-8. */
const bytes = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 4 }),
      fc.string({ unit: 'binary', maxLength: 3 }).map((text) => new TextEncoder().encode(text)),
      fc.constantFrom(
        [0xed, 0xa0, 0x80],
        [0xed, 0xb2, 0x80],
        [0xc0, 0x80],
        [0xf4, 0x90, 0x80, 0x80],
        [0xef, 0xbb, 0xbf],
      ),
    ),
  )
  .map((parts) => Buffer.concat(parts.map((part) => Buffer.from(part))));

describe('bytes as text', () => {
  it.each([
    ['text', Buffer.from('/services/wéb/🦆'), '/services/wéb/🦆'],
    ['a byte order mark', Buffer.of(0xef, 0xbb, 0xbf, 0x61), '\ufeffa'],
    ['a byte that is no UTF-8', Buffer.of(0x61, 0xff, 0x62), 'a\udcffb'],
    ['an overlong zero', Buffer.of(0xc0, 0x80), '\udcc0\udc80'],
    ['an encoded surrogate', Buffer.of(0xed, 0xb2, 0x80), '\udced\udcb2\udc80'],
    ['a sequence cut short', Buffer.of(0xf0, 0x9f, 0xa6), '\udcf0\udc9f\udca6'],
    ['good text between bad bytes', Buffer.from([0x80, 0xc3, 0xa9, 0x80]), '\udc80é\udc80'],
  ])('reads %s', (_what, from, text) => {
    expect(textOf(from)).toBe(text);
    expect(bytesOf(text)).toEqual(from);
  });

  it('comes back to the same bytes, so no two byte strings share a text', () => {
    fc.assert(
      fc.property(bytes, (from) => bytesOf(textOf(from)).equals(from)),
      { numRuns: 2000 },
    );
  });

  it('is plain UTF-8 both ways for text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(bytesOf(text)).toEqual(Buffer.from(text));
        expect(textOf(Buffer.from(text))).toBe(text);
      }),
    );
  });

  it('is well-formed exactly when the bytes were UTF-8', () => {
    fc.assert(
      fc.property(bytes, (from) => {
        const strict = new TextDecoder('utf-8', { fatal: true });
        const isText = (() => {
          try {
            strict.decode(from);
            return true;
          } catch {
            return false;
          }
        })();
        expect(/\p{Surrogate}/u.test(textOf(from))).toBe(!isText);
      }),
    );
  });
});

describe('a range of keys', () => {
  const isWithin = (key: Buffer, range: { key: Buffer; range_end: Buffer }): boolean =>
    key.compare(range.key) >= 0 && (range.range_end.equals(Buffer.of(0)) || key.compare(range.range_end) < 0);

  it('holds exactly the keys that begin with the prefix', () => {
    fc.assert(
      fc.property(bytes, bytes, fc.boolean(), (prefix, rest, extend) => {
        const key = extend ? Buffer.concat([prefix, rest]) : rest;
        // etcd has no empty key.
        fc.pre(prefix.length > 0 && key.length > 0);
        expect(isWithin(key, rangeOfPrefix(textOf(prefix)))).toBe(key.subarray(0, prefix.length).equals(prefix));
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['everything', '', [0], [0]],
    ['a prefix', '/a/', [0x2f, 0x61, 0x2f], [0x2f, 0x61, 0x30]],
    ['a prefix that ends in the last byte', 'a\udcff', [0x61, 0xff], [0x62]],
    ['a prefix of last bytes only', '\udcff\udcff', [0xff, 0xff], [0]],
  ])('of %s', (_what, prefix, key, end) => {
    expect(rangeOfPrefix(prefix)).toEqual({ key: Buffer.from(key), range_end: Buffer.from(end) });
  });

  it('goes on behind a key with the least greater one', () => {
    expect(keyAfter('a')).toEqual(Buffer.of(0x61, 0));
  });
});
