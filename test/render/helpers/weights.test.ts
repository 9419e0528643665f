import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeService, makeView, problemsOf, render, renderText } from '../views.js';

const template = '{{#each services}}{{#each instances}}{{scaleWeight weight ../instances 256}} {{/each}}{{/each}}';

function scale(weights: readonly number[]): readonly number[] {
  const view = makeView({
    services: [
      makeService(
        'web',
        weights.map((weight) => ({ weight })),
      ),
    ],
  });
  return renderText(template, view).trim().split(' ').filter(Boolean).map(Number);
}

test.each([
  [[], []],
  [[0], [0]],
  [
    [0, 1, 2, 256],
    [0, 1, 2, 256],
  ],
  [[257], [256]],
  [
    [1, 2, 257],
    [1, 2, 256],
  ],
  [
    [0, 1, 300, 65535],
    [0, 1, 1, 256],
  ],
  [
    [100, 200, 300, 400],
    [64, 128, 192, 256],
  ],
] as const)('%j becomes %j', (weights, scaled) => {
  expect(scale(weights)).toEqual(scaled);
});

const weight = fc.oneof(fc.integer({ min: 0, max: 65535 }), fc.constantFrom(0, 1, 255, 256, 257, 65535));

test('whatever the weights: in range, 0 stays 0 and only 0, order and equality kept, the highest used when needed', () => {
  fc.assert(
    fc.property(fc.array(weight, { minLength: 1, maxLength: 30 }), (weights) => {
      const scaled = scale(weights);
      const top = Math.max(...weights);
      if (top <= 256) expect(scaled).toEqual(weights);
      else expect(Math.max(...scaled)).toBe(256);
      for (const [i, a] of weights.entries()) {
        const shrunk = scaled[i] ?? -1;
        expect(shrunk === 0).toBe(a === 0);
        // A share differs only because weights are whole numbers and stay above 0.
        if (top > 256 && a > 0) expect(Math.abs(shrunk - (a * 256) / top)).toBeLessThan(1);
        for (const [j, b] of weights.entries()) if (a >= b) expect(shrunk).toBeGreaterThanOrEqual(scaled[j] ?? NaN);
      }
    }),
    { numRuns: 200 },
  );
});

test('a weight that is not among the instances does not pass the highest', () => {
  const view = makeView({ services: [makeService('web', [{ weight: 1 }])] });
  expect(renderText('{{#each services}}{{scaleWeight 1000 instances 256}}{{/each}}', view)).toBe('256');
});

test.each([
  ['{{#each services}}{{scaleWeight name instances 256}}{{/each}}', 'scaleWeight takes numbers, not text'],
  ['{{#each services}}{{scaleWeight 1 name 256}}{{/each}}', 'scaleWeight takes a list for its instances, not text'],
  ['{{#each services}}{{scaleWeight 1 instances}}{{/each}}', 'scaleWeight takes 3 arguments, not 2'],
])('%s is a mistake', (text, message) => {
  expect(problemsOf(text).map((problem) => problem.message)).toEqual([message]);
});

test.each(['-1', '0.5', '"x"'])('the invalid weight %s is rejected', (value) => {
  const text = `{{#each services}}{{scaleWeight (default @root.kv.tree.x ${value}) instances 256}}{{/each}}`;
  const { rejected } = render(text, makeView({ services: [makeService('web')] }));
  expect(rejected.map(({ reason }) => reason)).toEqual([expect.stringContaining('a whole weight from 0 on')]);
});
