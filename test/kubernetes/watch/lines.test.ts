import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createLineSplitter } from '../../../src/kubernetes/watch/lines.js';

it('gives the same lines however the bytes are cut', () => {
  const line = fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\n', ''));
  fc.assert(
    fc.property(fc.array(line), line, fc.array(fc.nat()), (lines, rest, cuts) => {
      const bytes = Buffer.from([...lines, rest].join('\n'));
      const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
      const splitter = createLineSplitter(Infinity);
      const got = [0, ...places].flatMap((from, i) => splitter.take(bytes.subarray(from, places[i])) ?? ['too long']);
      expect(got).toEqual(lines.map((text) => Buffer.from(text).toString()));
      expect(splitter.isCut).toBe(Buffer.from(rest).length > 0);
    }),
  );
});

it('stops at a line that is too long, whole or not', () => {
  expect(createLineSplitter(3).take(Buffer.from('abc\nab'))).toEqual(['abc']);
  expect(createLineSplitter(3).take(Buffer.from('abcd\n'))).toBeUndefined();
  const splitter = createLineSplitter(3);
  expect(splitter.take(Buffer.from('ab'))).toEqual([]);
  expect(splitter.take(Buffer.from('cd'))).toBeUndefined();
});
