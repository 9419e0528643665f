import fc from 'fast-check';
import { expect, test } from 'vitest';
import { withoutQuarantined } from '../../../src/model/quarantine.js';
import type { View } from '../../../src/model/view.js';
import { forgetful, openEngine } from './engines.js';
import type { Shown } from './engines.js';
import { templates } from './templates.js';
import { events, firstView, happen, vars } from './worlds.js';

type Result = Shown | Error | undefined;

/** What readers and reports can see of a rendering. */
const seen = (result: Result): unknown =>
  result instanceof Error ? result.message : { text: result?.text, rejected: result?.rejected };

test('whatever a template reads and whatever happens, what is kept equals what would be written', () => {
  let sound = 0;
  let all = 0;
  let kept = 0;
  fc.assert(
    fc.property(templates, fc.nat({ max: 6 }), vars, events, (text, count, first, happenings) => {
      all++;
      const engine = openEngine(text);
      const plain = openEngine(text, forgetful);
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
        // As a target does: the rest is rendered without what was rejected.
        if (result !== undefined && !(result instanceof Error) && result.rejected.length > 0)
          show(withoutQuarantined(view, result.rejected));
      }
      // Nor does what was added to the template for keeping change what a first rendering writes.
      expect(seen(openEngine(text)?.(view))).toEqual(seen(plain(view)));
    }),
    { numRuns: 100, interruptAfterTimeLimit: 30_000 },
  );
  // Else the property would say little.
  expect(sound / all).toBeGreaterThan(0.5);
  expect(kept).toBeGreaterThan(sound);
});
