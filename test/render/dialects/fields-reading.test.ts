import { expect, test } from 'vitest';
import { fields } from '../../../src/render/dialects/fields.js';
import { fill, trace } from './reading.js';

test.each([
  ['a b\tc\nd', '_w_w_w_w'],
  ['# a b\nc', '_#####_w'],
  ['  # a\nb', '___###_w'],
  ['\t#a', '__##'],
  ['a #b\nc', '_w_ww_w'],
  ['a# b', '_ww_w'],
  ['#\n#\n', '_#_#_'],
  ['a\u00a0b', '_w_w'],
  ['a\n # b\nc', '_w__###_w'],
  ['a b\n\n#c', '_w_w__##'],
])('%j is read as %s', (text, expected) => {
  expect(trace(fields, text)).toBe(expected);
});

test.each([
  ['¤ b', 'x', 'x b'],
  ['¤ b', 'a b', '!white space in the value would begin another field'],
  ['¤ b', 'a\tb', '!it contains a line break or another control character'],
  ['¤ b', 'a\u00a0b', '!white space in the value would begin another field'],
  ['¤ b', 'a b', '!white space in the value would begin another field'],
  ['¤ b', 'a#b', '!"#" would begin a comment'],
  ['¤ b', '', '!the value is empty, and so would be the field'],
  ['b ¤', '', '!the value is empty, and so would be the field'],
  ['b ¤\n', '', '!the value is empty, and so would be the field'],
  ['b ¤ c', '', '!the value is empty, and so would be the field'],
  ['x¤ c', '', 'x c'],
  ['¤x c', '', 'x c'],
  ['¤¤ c', '', '!the value is empty, and so would be the field'],
  ['x¤¤ c', '', 'x c'],
  ['¿¤ c', '', '!the value is empty, and so would be the field'],
  ['¤¿ c', '', '!the value is empty, and so would be the field'],
  ['# ¤', 'a b # c', '# a b # c'],
  ['# ¤', 'a\nb', '!it contains a line break or another control character'],
  ['  #¤', 'a b', '  #a b'],
  ['a # ¤', 'a b', '!white space in the value would begin another field'],
  ['a # ¤', 'x', 'a # x'],
  ['¤', 'a\nb', '!it contains a line break or another control character'],
  ['¤', '\ud800', '!it is not valid Unicode'],
  ['# ¤\n¤', 'a b', '!white space in the value would begin another field'],
  ['# ¤', '\u2028', '!it contains a line break or another control character'],
  ['# ¤', '', '# '],
  ['¤', '"$\\\'%é', '"$\\\'%é'],
  ['a\n¤', '', '!the value is empty, and so would be the field'],
  ['a ¤b', '#', '!"#" would begin a comment'],
])('%j with %j becomes %j', (text, value, expected) => {
  expect(fill(fields, text, value)).toBe(expected);
});
