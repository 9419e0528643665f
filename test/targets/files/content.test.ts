import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Content } from '../../../src/targets/files/content.js';

const piece = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.constantFrom('', 'a'.repeat(5000), 'é'.repeat(4096), '\ud83d', '\ude00', `${'x'.repeat(4095)}\ud83d`),
);
const pieces = fc.array(piece, { maxLength: 12 });

describe('a content', () => {
  test('has the bytes of its text, wherever that is cut', () => {
    fc.assert(
      fc.property(pieces, (text) => {
        const content = Content.ofPieces(text);
        const bytes = Buffer.from(text.join(''));
        expect(content.bytes.equals(bytes)).toBe(true);
        expect(content.length).toBe(bytes.length);
        expect(Buffer.concat(content.parts).equals(bytes)).toBe(true);
      }),
    );
  });

  test('equals another one when the bytes do', () => {
    fc.assert(
      fc.property(pieces, pieces, (one, two) => {
        const [a, b] = [one.join(''), two.join('')].map((text) => Buffer.from(text)) as [Buffer, Buffer];
        expect(Content.ofPieces(one).equals(Content.ofPieces(two))).toBe(a.equals(b));
        expect(Content.ofPieces(one).equals(Content.ofBytes(a))).toBe(true);
        expect(Content.ofBytes(a).equals(Content.ofPieces(one))).toBe(true);
        const changed = Buffer.from(a);
        if (changed.length === 0) return;
        changed[changed.length >> 1] = (changed[changed.length >> 1] ?? 0) ^ 1;
        expect(Content.ofPieces(one).equals(Content.ofBytes(changed))).toBe(false);
      }),
    );
  });

  test('made from the one before is as made alone, and is the same object when nothing changes', () => {
    fc.assert(
      fc.property(pieces, pieces, (one, two) => {
        const before = Content.ofPieces(one);
        const after = Content.ofPieces(two, before);
        const alone = Content.ofPieces(two);
        expect(after.bytes.equals(alone.bytes)).toBe(true);
        expect(after.digest.equals(alone.digest)).toBe(true);
        expect(Content.ofPieces([...two], after)).toBe(after);
      }),
    );
  });

  test('shares the parts before and after a change', () => {
    const text = Array.from({ length: 20 }, (_, n) => `${n} `.repeat(3000));
    const before = Content.ofPieces(text);
    const after = Content.ofPieces(
      text.map((each, n) => (n === 7 ? `${each}!` : each)),
      before,
    );
    expect(after.parts.filter((part, at) => part !== before.parts[at])).toHaveLength(1);
    const added = Content.ofPieces([...text.slice(0, 3), 'new '.repeat(2000), ...text.slice(3)], before);
    expect(added.parts.filter((part) => !before.parts.includes(part))).toHaveLength(1);
  });
});
