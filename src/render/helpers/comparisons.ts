import { any, boolean, describeType, present } from '../types.js';
import { defineHelper, describeValue, scalar } from './define.js';
import { compareValues } from './order.js';
import type { CallTypes, Mistake, PureHelper } from './helper.js';

/** A helper that compares two numbers, or two texts by code units. */
function comparison(name: string, doc: string, example: string, run: (order: number) => boolean): PureHelper {
  return defineHelper({
    name,
    parameters: [scalar('a'), scalar('b')],
    doc,
    example,
    returns: () => boolean,
    check: (types) => checkComparable(name, types),
    run: ([a, b], call) => {
      if (typeof a !== typeof b || typeof a === 'boolean')
        return call.fail(`${name} takes two numbers or two texts, not ${describeValue(a)} and ${describeValue(b)}`);
      return run(a === b ? 0 : compareValues(a, b));
    },
  });
}

function checkComparable(name: string, { args: [a = any, b = any] }: CallTypes): Mistake | undefined {
  const kinds = [present(a), present(b)].map(({ kind }) => kind).filter((kind) => kind !== 'any');
  if (!kinds.includes('boolean') && new Set(kinds).size < 2) return undefined;
  const hint = kinds.includes('string') ? '(toNumber …) converts a text to a number.' : undefined;
  const message = `${name} takes two numbers or two texts, not ${describeType(a)} and ${describeType(b)}`;
  return { message, ...(hint && { hint }) };
}

export const lt = comparison(
  'lt',
  'True when `a` is less than `b`: two numbers, or two texts by code units.',
  '{{#if (lt weight 10)}}…{{/if}}',
  (order) => order < 0,
);
export const lte = comparison(
  'lte',
  'True when `a` is less than `b` or equal to it.',
  '{{#if (lte weight 10)}}…{{/if}}',
  (order) => order <= 0,
);
export const gt = comparison(
  'gt',
  'True when `a` is greater than `b`.',
  '{{#if (gt (count instances) 1)}}…{{/if}}',
  (order) => order > 0,
);
export const gte = comparison(
  'gte',
  'True when `a` is greater than `b` or equal to it.',
  '{{#if (gte port 1024)}}…{{/if}}',
  (order) => order >= 0,
);
