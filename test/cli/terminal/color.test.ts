import { describe, expect, it } from 'vitest';
import { coloursOf, isColoured } from '../../../src/cli/terminal/color.js';

describe('a stream is coloured', () => {
  it.each([
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: '1' }, false],
    [true, { NO_COLOR: '' }, true],
    [true, { TERM: 'dumb' }, false],
    [false, { FORCE_COLOR: '1' }, true],
    [false, { FORCE_COLOR: '' }, false],
    [true, { FORCE_COLOR: '0' }, false],
    [true, { FORCE_COLOR: 'false' }, false],
    [true, { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
  ])('terminal %j, environment %j: %j', (isTTY, env, coloured) => {
    expect(isColoured({ isTTY }, env)).toBe(coloured);
    expect(coloursOf({ isTTY }, env).bad('no')).toBe(coloured ? '\u001b[31mno\u001b[39m' : 'no');
  });
});
