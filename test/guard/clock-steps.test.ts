import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createWorld, policy, range, type World } from './world.js';

const { holdFor } = policy;
const [minutes, day] = [60_000, 86_400_000];

interface Phase {
  readonly wait: number;
  readonly step: number;
  readonly isKilled: boolean;
  readonly stepDown: number;
  readonly down: number;
}

/** Some time with a process, a step of the wall clock in it, perhaps a kill, another step while none runs, and a time without one. */
const phases: fc.Arbitrary<readonly Phase[]> = fc.array(
  fc.record({
    wait: fc.integer({ min: 0, max: 4 * minutes }),
    step: fc.constantFrom(0, 0, -day, day, -10 * minutes, 10 * minutes),
    isKilled: fc.boolean(),
    stepDown: fc.constantFrom(0, 0, -day, day, -10 * minutes, 10 * minutes),
    down: fc.integer({ min: 0, max: 2 * minutes }),
  }),
  { minLength: 1, maxLength: 12 },
);

interface Moment {
  /** Real milliseconds since the hold began. */
  readonly age: number;
  /** The sums of the steps so far. */
  readonly forward: number;
  readonly back: number;
  readonly world: World;
}

/** Looks at each pass after a service is lost. */
function watch(era: string | undefined, all: readonly Phase[], look: (moment: Moment) => void) {
  const world = createWorld(era === undefined ? {} : { era });
  world.add('web', range(1, 5));
  world.pass();
  world.wipe();
  world.pass();
  let [age, forward, back] = [0, 0, 0];
  const step = (ms: number): void => {
    world.stepWall(ms);
    if (ms > 0) forward += ms;
    else back -= ms;
  };
  const pass = (): void => {
    world.pass({ after: 0 });
    look({ age, forward, back, world });
  };
  for (const phase of all) {
    for (const ms of [phase.step, 0]) {
      world.wait(phase.wait / 2);
      age += phase.wait / 2;
      step(ms);
      pass();
    }
    if (!phase.isKilled) continue;
    step(phase.stepDown);
    world.kill(phase.down);
    age += phase.down;
    pass();
  }
}

describe('a hold while the wall clock is set forward and back, and the process is killed', () => {
  it('takes its time by the clock of the machine, when that is the same', () => {
    fc.assert(
      fc.property(phases, (all) => {
        watch('boot-1', all, ({ age, world }) => {
          expect(world.holds.length > 0).toBe(age < holdFor);
        });
      }),
    );
  });

  it('without it, ends earlier by no more than the steps forward, and later by no more than the steps back', () => {
    fc.assert(
      fc.property(phases, (all) => {
        watch(undefined, all, ({ age, forward, back, world }) => {
          if (world.holds.length > 0) expect(age).toBeLessThan(holdFor + back);
          else expect(age).toBeGreaterThanOrEqual(holdFor - forward);
        });
      }),
    );
  });
});
