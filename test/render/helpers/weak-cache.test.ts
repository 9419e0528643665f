import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { createWeakCache } from '../../../src/render/helpers/weak-cache.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

test('a key has one object as long as the object is referenced', async () => {
  const answers = createWeakCache<string[]>();
  const held = answers.get('a', () => ['a']);
  for (let count = 0; count < 1000; count++) answers.get(String(count), () => [String(count)]);
  await setImmediate();
  collect();
  expect(answers.get('a', () => ['another'])).toBe(held);
});

test('keys whose objects are gone are removed', async () => {
  const answers = createWeakCache<string[]>();
  for (let round = 0; round < 20; round++) {
    for (let count = 0; count < 100; count++) answers.get(`${round} ${count}`, () => [String(count)]);
    // An object that was created in one turn of the event loop is kept until the end of the turn.
    await setImmediate();
    collect();
  }
  expect(answers.size).toBeLessThan(1000);
});
