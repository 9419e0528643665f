import { number } from '../types.js';
import { defineHelper, numeric, text } from './define.js';
import type { Call, PureHelper } from './helper.js';

/** A helper that computes a number from two or more numbers. */
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

/** Rejects infinite results and results above 2^53, where numbers are no longer exact. */
function exact(result: number, call: Call): number {
  if (Math.abs(result) <= Number.MAX_SAFE_INTEGER) return result + 0;
  return call.fail('the result is too large to be exact');
}

export const add = arithmetic('add', 'The sum.', '{{add port 1000}}', (a, b) => a + b, true);
export const subtract = arithmetic('subtract', '`a` minus `b`.', '{{subtract port 1}}', (a, b) => a - b);
export const multiply = arithmetic('multiply', 'The product.', '{{multiply weight 10}}', (a, b) => a * b, true);

export const divide = arithmetic(
  'divide',
  '`a` divided by `b`, with its fraction; `floor` removes the fraction. A division by 0 is rejected.',
  '{{floor (divide weight 2)}}',
  (a, b, call) => (b === 0 ? call.fail('divide cannot divide by 0') : a / b),
);

export const modulo = arithmetic(
  'modulo',
  'The remainder of `a` divided by `b`: from 0 up to, but not including, `b`. It is never negative for a positive `b`.',
  '{{#if (eq (modulo @index 2) 0)}}…{{/if}}',
  (a, b, call) => (b === 0 ? call.fail('modulo cannot divide by 0') : ((a % b) + b) % b),
);

export const min = arithmetic(
  'min',
  'The smallest of the numbers.',
  '{{min weight 256}}',
  (a, b) => Math.min(a, b),
  true,
);
export const max = arithmetic('max', 'The largest of the numbers.', '{{max 1 weight}}', (a, b) => Math.max(a, b), true);

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

export const round = rounding('round', 'The nearest whole number; a half is rounded up.', Math.round);
export const floor = rounding('floor', 'The largest whole number that is not above the number.', Math.floor);
export const ceil = rounding('ceil', 'The smallest whole number that is not below the number.', Math.ceil);

export const toNumber = defineHelper({
  name: 'toNumber',
  parameters: [text('text')],
  doc: 'The number of a decimal text such as `8080` or `-0.5`; any other text is rejected.',
  example: '{{add (toNumber metadata.shard) 1}}',
  returns: () => number,
  run: ([value], call) => {
    const found = /^-?(?:0|[1-9]\d{0,15})(?:\.\d{1,15})?$/.test(value) ? Number(value) : NaN;
    return Math.abs(found) <= Number.MAX_SAFE_INTEGER ? found + 0 : call.fail('the text is not a decimal number');
  },
});
