import fc from 'fast-check';
import { expect, test } from 'vitest';
import { withoutQuarantined } from '../../../src/model/quarantine.js';
import type { View } from '../../../src/model/view.js';
import { noCache } from '../../../src/render/memo/no-cache.js';
import { openEngine } from './engines.js';
import type { Shown } from './engines.js';
import { templates } from './templates.js';
import { events, firstView, happen, vars } from './worlds.js';

type Result = Shown | Error | undefined;

/** The visible results of a rendering. */
const seen = (result: Result): unknown =>
  result instanceof Error ? result.message : { text: result?.text, rejected: result?.rejected };

test('for any template and any change of the view, the cached result equals a fresh one', () => {
  let sound = 0;
  let all = 0;
  let kept = 0;
  fc.assert(
    fc.property(templates, fc.nat({ max: 6 }), vars, events, (text, count, first, happenings) => {
      all++;
      const engine = openEngine(text);
      const plain = openEngine(text, noCache);
      fc.pre(engine !== undefined && plain !== undefined);
      sound++;
      const show = (view: View): Result => {
        const fresh = plain(view);
        const result = engine(view);
        expect(seen(result)).toEqual(seen(fresh));
        if (!(result instanceof Error) && !(fresh instanceof Error)) kept += fresh.bodies - result.bodies;
        return result;
      };
      let view = firstView(count, first);
      show(view);
      for (const event of happenings) {
        view = happen(view, event);
        const result = show(view);
        // As in a target: the view is rendered again without the rejected items.
        if (result !== undefined && !(result instanceof Error) && result.rejected.length > 0)
          show(withoutQuarantined(view, result.rejected));
      }
      // The arguments that the cache adds to the template do not change the first rendering.
      expect(seen(openEngine(text)?.(view))).toEqual(seen(plain(view)));
    }),
    { numRuns: 100, interruptAfterTimeLimit: 30_000 },
  );
  // Otherwise the property would prove little.
  expect(sound / all).toBeGreaterThan(0.5);
  expect(kept).toBeGreaterThan(sound);
});
