import { expect, it } from 'vitest';
import { randomName } from '../../src/filesystem/temporary-name.js';

it('makes names of 32 hex digits that do not repeat, also where the pool of random bytes is filled again', () => {
  const names = Array.from({ length: 200 }, randomName);
  expect(names.filter((name) => !/^[0-9a-f]{32}$/.test(name))).toEqual([]);
  expect(new Set(names).size).toBe(names.length);
});
