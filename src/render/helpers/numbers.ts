import { number } from '../types.js';
import { defineHelper, numeric, text } from './define.js';
import type { Call, PureHelper } from './helper.js';

/** Two numbers, or more. */
function arithmetic(
  name: string,
  doc: string,
  example: string,
  run: (a: number, b: number, call: Call) => number,
  repeats = false,
): PureHelper {
  return defineHelper({
    name,
    parameters: [numeric('a'), numeric('b')],
    ...(repeats && { repeats }),
    doc,
    example,
    returns: () => number,
    run: (numbers: readonly number[], call) =>
      exact(
        numbers.reduce((a, b) => run(a, b, call)),
        call,
      ),
  });
}

/** Beyond 2^53 whole numbers are not told apart any more, and infinity is none. */
function exact(result: number, call: Call): number {
  if (Math.abs(result) <= Number.MAX_SAFE_INTEGER) return result + 0;
  return call.fail('the result is too large to be exact');
}

export const add = arithmetic('add', 'The sum.', '{{add port 1000}}', (a, b) => a + b, true);
export const subtract = arithmetic('subtract', '`a` less `b`.', '{{subtract port 1}}', (a, b) => a - b);
export const multiply = arithmetic('multiply', 'The product.', '{{multiply weight 10}}', (a, b) => a * b, true);

export const divide = arithmetic(
  'divide',
  '`a` divided by `b`, with its fraction: `floor` cuts it off. Nothing is divided by 0.',
  '{{floor (divide weight 2)}}',
  (a, b, call) => (b === 0 ? call.fail('divide cannot divide by 0') : a / b),
);

export const modulo = arithmetic(
  'modulo',
  'What is left of `a` divided by `b`, from 0 up to `b`: never negative for a positive `b`.',
  '{{#if (eq (modulo @index 2) 0)}}…{{/if}}',
  (a, b, call) => (b === 0 ? call.fail('modulo cannot divide by 0') : ((a % b) + b) % b),
);

export const min = arithmetic('min', 'The least of the numbers.', '{{min weight 256}}', (a, b) => Math.min(a, b), true);
export const max = arithmetic(
  'max',
  'The greatest of the numbers.',
  '{{max 1 weight}}',
  (a, b) => Math.max(a, b),
  true,
);

function rounding(name: string, doc: string, run: (value: number) => number): PureHelper {
  return defineHelper({
    name,
    parameters: [numeric('number')],
    doc,
    example: `{{${name} (divide weight 3)}}`,
    returns: () => number,
    run: ([value], call) => exact(run(value), call),
  });
}

export const round = rounding('round', 'The nearest whole number; a half goes up.', Math.round);
export const floor = rounding('floor', 'The whole number at or below it.', Math.floor);
export const ceil = rounding('ceil', 'The whole number at or above it.', Math.ceil);

export const toNumber = defineHelper({
  name: 'toNumber',
  parameters: [text('text')],
  doc: 'The number that a text is in decimal, such as `8080` or `-0.5`; anything else is rejected.',
  example: '{{add (toNumber metadata.shard) 1}}',
  returns: () => number,
  run: ([value], call) => {
    const found = /^-?(?:0|[1-9]\d{0,15})(?:\.\d{1,15})?$/.test(value) ? Number(value) : NaN;
    return Math.abs(found) <= Number.MAX_SAFE_INTEGER ? found + 0 : call.fail('the text is no decimal number');
  },
});
