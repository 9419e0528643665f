import fc from 'fast-check';
import { expect, it } from 'vitest';
import { textOf } from '../../../src/etcd/protocol/bytes.js';
import { compareKeys, isWithin, rangeOf, rangeOfPrefix } from '../../../src/etcd/protocol/keys.js';

// Bytes that are no text, and text above the surrogates, where code units and bytes sort differently.
const unit = fc.constantFrom('a', '/', '0', 'é', '\ud7ff', '\ue000', '\uffff', '😀');
const odd = fc.constantFrom([0], [0x80], [0xc3], [0xe0, 0xa0], [0xed, 0xa0, 0x80], [0xff], [0xfe]);
const key = fc
  .array(
    fc.oneof(
      unit.map((text) => Buffer.from(text)),
      odd.map((octets) => Buffer.from(octets)),
    ),
    { maxLength: 6 },
  )
  .map((parts) => Buffer.concat(parts));

it('compares keys as their bytes compare', () => {
  fc.assert(
    fc.property(key, key, (a, b) => {
      expect(Math.sign(compareKeys(textOf(a), textOf(b)))).toBe(a.compare(b));
    }),
  );
});

it('has in the range of a prefix exactly the keys that begin with it', () => {
  fc.assert(
    fc.property(key, key, (prefix, other) => {
      const range = rangeOfPrefix(textOf(prefix));
      expect(isWithin(range, Buffer.concat([prefix, other]))).toBe(prefix.length + other.length > 0);
      expect(isWithin(range, other)).toBe(other.length > 0 && other.subarray(0, prefix.length).equals(prefix));
    }),
  );
});

it('has in the range of a key only that key', () => {
  fc.assert(
    fc.property(key, key, (one, other) => {
      const range = rangeOf({ key: textOf(one) });
      expect(isWithin(range, one)).toBe(true);
      expect(isWithin(range, other)).toBe(one.equals(other));
    }),
  );
});
