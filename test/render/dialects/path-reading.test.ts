import { expect, test } from 'vitest';
import { path } from '../../../src/render/dialects/path.js';
import { fill, trace } from './reading.js';

test.each([
  ['/a/b', '__w_w'],
  ['a//b', '_w__w'],
])('%j is read as %s', (text, expected) => {
  expect(trace(path, text)).toBe(expected);
});

test.each([
  ['/a/¤', 'x', '/a/x'],
  ['/a/¤', '', '!the value is empty, and so would be the file name'],
  ['/a/¤', '.', '!"." and ".." are directories'],
  ['/a/¤', '..', '!"." and ".." are directories'],
  [
    '/a/¤',
    '.x',
    '!a leading "." would hide the file: write a prefix into the pattern of the path, as in /dir/svc-{{service.name}}.conf',
  ],
  [
    '/a/¤',
    '-x',
    '!a leading "-" would make the file\'s name an option in a glob such as "rm *": write a prefix into the pattern of the path, as in /dir/svc-{{service.name}}.conf',
  ],
  ['/a/¤', 'a/b', '!"/" would lead into another directory'],
  ['/a/¤', '/', '!"/" would lead into another directory'],
  ['/a/¤', 'a\nb', '!it contains a line break or another control character'],
  ['/a/¤', '\ud800', '!it is not valid Unicode'],
  ['/a/¤', 'a b', '/a/a b'],
  ['/a/¤', '~', '/a/~'],
  ['/a/x¤', '-x', '/a/x-x'],
  ['/a/x¤', '.x', '/a/x.x'],
  ['/a/x¤', '..', '!"." and ".." are directories'],
  ['/a/x¤', '.', '!"." and ".." are directories'],
  [
    '/a/¤/b',
    '.x',
    '!a leading "." would hide the file: write a prefix into the pattern of the path, as in /dir/svc-{{service.name}}.conf',
  ],
  [
    '¤',
    '-x',
    '!a leading "-" would make the file\'s name an option in a glob such as "rm *": write a prefix into the pattern of the path, as in /dir/svc-{{service.name}}.conf',
  ],
  ['/a¤', '', '!the value is empty, and so would be the file name'],
])('%j with %j becomes %j', (text, value, expected) => {
  expect(fill(path, text, value)).toBe(expected);
});
