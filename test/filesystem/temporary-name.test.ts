import { expect, it } from 'vitest';
import { randomName } from '../../src/filesystem/temporary-name.js';

it('makes names of 32 hex digits that never repeat, also when the random bytes are filled again', () => {
  const names = Array.from({ length: 1000 }, randomName);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[0-9a-f]{32}$/);
  expect(names).not.toContain('0'.repeat(32));
});
