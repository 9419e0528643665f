import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changedServices, withhold } from '../../src/controller/withhold.js';
import type { View } from '../../src/model/view.js';
import { viewOf } from '../contract/target.js';

const anySet = fc.dictionary(
  fc.constantFrom('a', 'b', 'c', 'd', 'e'),
  fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
);
const shown = (view: View): unknown =>
  view.services.map(({ name, instances }) => [name, instances.map(({ port }) => port)]);

describe('a view in which some services are withheld', () => {
  it('has these as they were accepted and all others as they are, in order', () => {
    fc.assert(
      fc.property(anySet, anySet, fc.subarray(['a', 'b', 'c', 'd', 'e']), (before, after, names) => {
        const view = withhold(viewOf(after), viewOf(before), new Set(names));
        const wanted = Object.fromEntries(
          [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((name) => {
            const from = names.includes(name) ? before : after;
            return Object.hasOwn(from, name) ? [[name, from[name] ?? []]] : [];
          }),
        );
        expect(shown(view)).toEqual(shown(viewOf(wanted)));
      }),
    );
  });

  it('is the accepted one again when all that changed is withheld', () => {
    fc.assert(
      fc.property(anySet, anySet, (before, after) => {
        const [accepted, view] = [viewOf(before), viewOf(after)];
        const all = withhold(view, accepted, new Set(changedServices(accepted, view)));
        expect(all.services).toEqual(accepted.services);
      }),
    );
  });

  it('keeps an expected service without instances when nothing was accepted', () => {
    const view = viewOf({ web: [80] });
    const expected = { ...view, services: view.services.map((service) => ({ ...service, expected: true })) };
    expect(withhold(expected, undefined, new Set(['web'])).services).toEqual([
      { name: 'web', instances: [], expected: true },
    ]);
  });

  it('is the same object when nothing is withheld', () => {
    const view = viewOf({ web: [80] });
    expect(withhold(view, undefined, new Set())).toBe(view);
  });
});
