import { any, describeType, number } from '../types.js';
import type { Helper } from './helper.js';

/** The largest weight of each list. Every instance of a service needs it, so it is computed once. */
const largest = new WeakMap<object, number>();

export const scaleWeight: Helper = {
  name: 'scaleWeight',
  parameters: [
    { name: 'weight', accepts: 'scalar', mayBeMissing: false },
    { name: 'instances', accepts: 'list', mayBeMissing: false },
    { name: 'highest', accepts: 'scalar', mayBeMissing: false },
  ],
  doc: 'The weight for a consumer that allows weights up to `highest`. When an instance has a higher weight, all weights are scaled down in proportion. A weight above 0 stays above 0, and the order of weights stays.',
  example: '{{#each instances}}{{scaleWeight weight ../instances 256}} {{/each}}',
  returns: () => number,
  check: ({ args: [weight = any, , highest = any] }) => {
    const wrong = [weight, highest].find(({ kind }) => kind !== 'number' && kind !== 'any');
    return wrong && { message: `scaleWeight takes numbers, not ${describeType(wrong)}` };
  },
  run: ([weight, instances, highest], call) => {
    if (!isWeight(weight) || !isWeight(highest) || highest === 0)
      return call.fail('scaleWeight takes a whole weight from 0 on, and a whole highest from 1 on');
    if (!Array.isArray(instances))
      return call.fail('scaleWeight takes a list of instances, and this value is not a list');
    const top = Math.max(weight, largestOf(instances));
    if (weight === 0 || top <= highest) return weight;
    return Math.max(1, Math.round((weight * highest) / top));
  },
};

function largestOf(instances: readonly unknown[]): number {
  let top = largest.get(instances);
  if (top === undefined) {
    top = 0;
    for (const instance of instances) {
      const weight = (instance as { readonly weight?: unknown } | null)?.weight;
      if (isWeight(weight) && weight > top) top = weight;
    }
    largest.set(instances, top);
  }
  return top;
}

function isWeight(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
