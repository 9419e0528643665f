import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createJudgements } from '../../src/controller/judgements.js';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** What a promise has resolved to by now. */
async function now<T>(promise: Promise<T>): Promise<T | 'open'> {
  return Promise.race([promise, turn().then(() => 'open' as const)]);
}

it('is settled when nothing was asked, and when a pass that began later has judged', async () => {
  const judgements = createJudgements();
  expect(await now(judgements.settled())).toBe(true);
  judgements.ask('web');
  const settled = judgements.settled();
  expect(await now(settled)).toBe('open');
  judgements.begin('web')();
  expect(await now(settled)).toBe(true);
});

it('waits for the next pass when a change came during one', async () => {
  const judgements = createJudgements();
  judgements.ask('web');
  const judge = judgements.begin('web');
  judgements.ask('web');
  const settled = judgements.settled();
  judge();
  expect(await now(settled)).toBe('open');
  judgements.begin('web')();
  expect(await now(settled)).toBe(true);
});

it('does not wait for what was asked later, so that changes without end delay nothing for ever', async () => {
  const judgements = createJudgements();
  judgements.ask('web');
  const settled = judgements.settled();
  const judge = judgements.begin('web');
  judgements.ask('web');
  judge();
  expect(await now(settled)).toBe(true);
});

it('does not wait for a target that has left the config', async () => {
  const judgements = createJudgements();
  judgements.ask('web');
  const settled = judgements.settled();
  judgements.keep(new Map());
  expect(await now(settled)).toBe(true);
});

it('says at the end of the passes what was judged', async () => {
  const judgements = createJudgements();
  judgements.ask('web');
  const open = judgements.settled();
  judgements.end();
  expect([await now(open), await now(judgements.settled())]).toEqual([false, false]);
  judgements.begin('web')();
  expect(await now(judgements.settled())).toBe(true);
});

it('resolves exactly when a pass that began after each request has judged', async () => {
  const steps = fc.array(
    fc.record({ do: fc.constantFrom('ask', 'begin', 'judge', 'look'), target: fc.constantFrom('a', 'b') }),
  );
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const judgements = createJudgements();
      let time = 0;
      const askedAt = new Map<string, number>();
      const judgedUpTo = new Map<string, number>();
      const passes = new Map<string, { readonly at: number; readonly judge: () => void }>();
      const looks: { readonly due: ReadonlyMap<string, number>; readonly promise: Promise<boolean> }[] = [];
      for (const step of all) {
        const { target } = step;
        time += 1;
        if (step.do === 'ask') {
          judgements.ask(target);
          askedAt.set(target, time);
        }
        // One target has one pass at a time.
        if (step.do === 'begin' && !passes.has(target))
          passes.set(target, { at: time, judge: judgements.begin(target) });
        if (step.do === 'judge') {
          const pass = passes.get(target);
          passes.delete(target);
          pass?.judge();
          if (pass) judgedUpTo.set(target, pass.at);
        }
        if (step.do === 'look') looks.push({ due: new Map(askedAt), promise: judgements.settled() });
      }
      for (const { due, promise } of looks) {
        const isDone = [...due].every(([name, at]) => (judgedUpTo.get(name) ?? 0) > at);
        expect(await now(promise)).toBe(isDone ? true : 'open');
      }
    }),
  );
});
