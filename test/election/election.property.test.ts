import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultTiming } from '../../src/election/timing.js';
import {
  createWorld,
  newRecord,
  startProcess,
  type Fault,
  type ProcessOptions,
  type SimulatedProcess,
} from './support/simulation.js';

const minutes = 60_000;
const end = 4 * minutes;
/** The recipe needs a ratio of less than 1.5 between two clocks: 1.2 / 0.85 is 1.41. */
const rates = { min: 0.85, max: 1.2, noNaN: true };

const options: fc.Arbitrary<ProcessOptions> = fc.record({
  rate: fc.double(rates),
  offset: fc.integer({ min: -1_000_000, max: 1_000_000 }),
  delays: fc.array(fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 6000 })), {
    minLength: 1,
    maxLength: 7,
  }),
});

const fault = (processes: number, until: number): fc.Arbitrary<Fault> =>
  fc.record({
    process: fc.integer({ min: 0, max: processes - 1 }),
    from: fc.integer({ min: 0, max: until }),
    length: fc.integer({ min: 1, max: 40_000 }),
    kind: fc.constantFrom<Fault['kind'][]>('stopped', 'cut', 'lost', 'killed'),
  });

const leading = (processes: readonly SimulatedProcess[]): readonly SimulatedProcess[] =>
  processes.filter(({ election, isRunning }) => isRunning() && election.current() !== undefined);

/** In this world, a process waits for a deadline that is less than the precision of the simulated time away. */
const shortSleep = {
  processes: [
    { rate: 0.85, offset: 0, delays: [9] },
    { rate: 1.0024458737040658, offset: -89, delays: [0, 0, 2, 3577, 1552] },
    { rate: 0.85, offset: 0, delays: [1] },
  ],
  faults: [],
  storeExpires: false,
};

const scenario = fc.integer({ min: 2, max: 4 }).chain((count) =>
  fc.record({
    processes: fc.array(options, { minLength: count, maxLength: count }),
    faults: fc.array(fault(count, 2 * minutes), { maxLength: 6 }),
    storeExpires: fc.boolean(),
  }),
);

describe('an election, with skewed clocks, delays, pauses and lost answers', () => {
  it('never has two leaders at once', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async ({ processes, faults, storeExpires }) => {
        const world = createWorld();
        const shared = newRecord();
        const started = processes.map((process, index) =>
          startProcess(world, shared, index, process, faults, defaultTiming, storeExpires),
        );
        const epochs = new Map<string, string>();
        // Each process is asked at many moments, too: a leader that has no task of its own must know that its time is over.
        for (let at = 0; at < end; at += 250) world.at(at, () => undefined);
        await world.run(end, () => {
          const [leader, ...others] = leading(started);
          // `expect` takes longer than the simulation does for a moment, and most moments are right.
          if (others.length > 0) expect(others.map(({ identity }) => identity)).toEqual([]);
          if (leader === undefined) return;
          const epoch = leader.election.current()?.epoch ?? '';
          const owner = epochs.get(epoch) ?? leader.identity;
          if (owner !== leader.identity) expect(leader.identity).toBe(owner);
          epochs.set(epoch, owner);
        });
      }),
      { numRuns: 120, examples: [[shortSleep]] },
    );
  }, 120_000);

  it('has a leader again soon after the faults, if a process is left', async () => {
    const quick = options.map((each) => ({ ...each, delays: each.delays.map((delay) => Math.min(delay, 300)) }));
    const mild = fc.integer({ min: 2, max: 4 }).chain((count) =>
      fc.record({
        processes: fc.array(quick, { minLength: count, maxLength: count }),
        faults: fc.array(fault(count - 1, minutes), { maxLength: 6 }),
        storeExpires: fc.boolean(),
      }),
    );
    await fc.assert(
      fc.asyncProperty(mild, async ({ processes, faults, storeExpires }) => {
        const world = createWorld();
        const shared = newRecord();
        const started = processes.map((process, index) =>
          startProcess(world, shared, index, process, faults, defaultTiming, storeExpires),
        );
        const calm = Math.max(0, ...faults.map(({ from, length }) => from + length));
        await world.run(calm + 40_000, () => undefined);
        expect(leading(started)).toHaveLength(1);
      }),
      { numRuns: 60 },
    );
  }, 120_000);
});
