import { any, boolean, describeType, keyOf, present } from '../types.js';
import type { Type } from '../types.js';
import { isTruthy } from './helper.js';
import type { CallTypes, Helper, Mistake, Parameter } from './helper.js';

const condition = (name: string): Parameter => ({ name, accepts: 'anything', mayBeMissing: true });
const compared = (name: string): Parameter => ({ name, accepts: 'scalar', mayBeMissing: true });

export const eq: Helper = {
  name: 'eq',
  parameters: [compared('a'), compared('b')],
  doc: 'True when both are the same text, number or truth value. `80` and `"80"` are different.',
  example: '{{#if (eq status "draining")}}…{{/if}}',
  returns: () => boolean,
  check: checkEqual,
  run: ([a, b]) => a === b,
};

export const ne: Helper = {
  name: 'ne',
  parameters: [compared('a'), compared('b')],
  doc: 'True when `eq` is false.',
  example: '{{#if (ne status "passing")}}…{{/if}}',
  returns: () => boolean,
  check: checkEqual,
  run: ([a, b]) => a !== b,
};

function checkEqual({ args: [a = any, b = any] }: CallTypes): Mistake | undefined {
  const [left, right] = [present(a), present(b)];
  if (left.kind === right.kind || left.kind === 'any' || right.kind === 'any') return undefined;
  const hint = left.kind === 'number' || right.kind === 'number' ? 'Write a number without quotes.' : undefined;
  const message = `${describeType(left)} never equals ${describeType(right)}`;
  return { message, ...(hint && { hint }) };
}

export const and: Helper = {
  name: 'and',
  parameters: [condition('a'), condition('b')],
  repeats: true,
  doc: 'The first value that is not true in the sense of `#if`; when all are true, the last value. As a condition: all are true.',
  example: '{{#if (and expected (not instances))}}…{{/if}}',
  returns: typeOfChosen,
  run: (args) => {
    const at = args.findIndex((value) => !isTruthy(value));
    return args[at < 0 ? args.length - 1 : at];
  },
};

export const or: Helper = {
  name: 'or',
  parameters: [condition('a'), condition('b')],
  repeats: true,
  doc: "The first value that is true in the sense of `#if`: not missing, false, null, 0, `''` or an empty list; when none is, the last value. As a condition: one of them is true.",
  example: '{{or metadata.path zone "/"}}',
  returns: typeOfChosen,
  run: (args) => args.find(isTruthy) ?? args.at(-1),
};

/** The type of one of the arguments. The last one is the result of last resort, so it decides whether the result may be missing. */
function typeOfChosen({ args }: CallTypes): Type {
  const [first = any, ...others] = args.map(present);
  if (!others.every((type) => keyOf(type) === keyOf(first))) return any;
  return args.at(-1)?.kind === 'optional' ? { kind: 'optional', of: first } : first;
}

export const not: Helper = {
  name: 'not',
  parameters: [condition('value')],
  doc: 'True when the value is not true in the sense of `#if`.',
  example: '{{#if (not metadata.path)}}…{{/if}}',
  returns: () => boolean,
  run: ([value]) => !isTruthy(value),
};
