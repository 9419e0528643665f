import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  startLifecycle,
  presenceOf,
  step,
  type Effect,
  type AgentState,
  type AgentEvent,
  type Phase,
} from '../../src/agent/lifecycle.js';

const events: readonly AgentEvent[] = ['well', 'unwell', 'stop', 'drained', 'gone', 'late', 'ended', 'refused'];

/** `phase child gone`, a star before `gone` when the key may still be in etcd. */
const show = ({ phase, child, gone }: AgentState): string => `${phase}, child ${child}${gone ? ', gone' : ''}`;
const life = (phase: Phase, child: AgentState['child'], gone: boolean): AgentState => ({ phase, child, gone });

/** What every event makes of a life; an event that is not named leaves everything as it is. */
type Row = Partial<Record<AgentEvent, readonly [life: string, ...acts: Effect[]]>>;

const table: readonly (readonly [AgentState, Row])[] = [
  [
    life('waiting', 'none', true),
    {
      well: ['serving, child none'],
      stop: ['over, child none, gone', 'finish'],
      refused: ['leaving, child none'],
    },
  ],
  [
    life('waiting', 'running', true),
    {
      well: ['serving, child running'],
      stop: ['stopping, child running, gone', 'terminate'],
      ended: ['over, child ended, gone', 'finish'],
    },
  ],
  [
    life('serving', 'none', false),
    {
      unwell: ['unwell, child none'],
      stop: ['draining, child none', 'drain'],
      refused: ['leaving, child none'],
    },
  ],
  [
    life('serving', 'running', false),
    {
      unwell: ['unwell, child running'],
      stop: ['draining, child running', 'drain'],
      ended: ['leaving, child ended'],
    },
  ],
  [
    life('unwell', 'none', false),
    {
      well: ['serving, child none'],
      stop: ['leaving, child none'],
      refused: ['leaving, child none'],
    },
  ],
  [
    life('unwell', 'running', false),
    { well: ['serving, child running'], stop: ['leaving, child running'], ended: ['leaving, child ended'] },
  ],
  [
    life('draining', 'none', false),
    {
      drained: ['leaving, child none'],
      stop: ['leaving, child none', 'hurry'],
      refused: ['leaving, child none'],
    },
  ],
  [
    life('draining', 'running', false),
    {
      drained: ['leaving, child running'],
      stop: ['stopping, child running', 'terminate'],
      ended: ['leaving, child ended'],
    },
  ],
  [
    life('leaving', 'none', false),
    {
      gone: ['over, child none, gone', 'finish'],
      stop: ['leaving, child none', 'hurry'],
      refused: ['leaving, child none'],
    },
  ],
  [
    life('leaving', 'running', false),
    {
      gone: ['stopping, child running, gone', 'terminate'],
      stop: ['stopping, child running', 'terminate'],
      ended: ['leaving, child ended'],
    },
  ],
  [
    life('leaving', 'ended', false),
    {
      gone: ['over, child ended, gone', 'finish'],
      stop: ['leaving, child ended', 'hurry'],
      refused: ['leaving, child ended'],
    },
  ],
  [
    life('stopping', 'running', false),
    {
      gone: ['stopping, child running, gone'],
      late: ['stopping, child running', 'kill'],
      stop: ['stopping, child running', 'kill'],
      ended: ['leaving, child ended'],
    },
  ],
  [
    life('stopping', 'running', true),
    {
      late: ['stopping, child running, gone', 'kill'],
      stop: ['stopping, child running, gone', 'kill'],
      ended: ['over, child ended, gone', 'finish'],
    },
  ],
  [life('over', 'none', true), {}],
  [life('over', 'ended', true), {}],
];

describe('a life of register', () => {
  it.each(table.map(([from, row]) => [show(from), from, row] as const))('%s: each event', (_title, from, row) => {
    const childless = from.child !== 'running';
    for (const event of events) {
      if (event === 'ended' && childless) continue;
      const { life: to, acts } = step(from, event);
      expect([show(to), ...acts], event).toEqual(row[event] ?? [show(from)]);
    }
  });

  it('knows every state that can be reached', () => {
    const known = new Set(table.map(([from]) => show(from)));
    const reached = new Map<string, AgentState>();
    const look = (from: AgentState): void => {
      if (reached.has(show(from))) return;
      reached.set(show(from), from);
      for (const event of events) if (event !== 'ended' || from.child === 'running') look(step(from, event).life);
    };
    look(startLifecycle(true));
    look(startLifecycle(false));
    expect([...reached.keys()].sort()).toEqual([...known].sort());
  });
});

describe('whatever happens', () => {
  const course = fc.record({
    hasChild: fc.boolean(),
    events: fc.array(fc.constantFrom(...events), { maxLength: 30 }),
  });

  function run({ hasChild, events: happening }: { hasChild: boolean; events: readonly AgentEvent[] }) {
    let now = startLifecycle(hasChild);
    const passed: { event: AgentEvent; before: AgentState; after: AgentState; acts: readonly Effect[] }[] = [];
    for (const event of happening) {
      // A child ends once, and only one that there is.
      if (event === 'ended' && now.child !== 'running') continue;
      const { life: after, acts } = step(now, event);
      passed.push({ event, before: now, after, acts });
      now = after;
    }
    return passed;
  }

  it('the child is told to end only after the key has gone, unless a second signal asks for it', () => {
    fc.assert(
      fc.property(course, (given) => {
        let stops = 0;
        for (const { event, after, acts } of run(given)) {
          if (event === 'stop') stops += 1;
          if (acts.includes('terminate')) expect(after.gone || stops > 1).toBe(true);
          if (acts.includes('kill')) expect(after.phase).toBe('stopping');
        }
      }),
    );
  });

  it('it ends once, without a child left, and nothing happens afterwards', () => {
    fc.assert(
      fc.property(course, (given) => {
        const passed = run(given);
        const ends = passed.filter(({ acts }) => acts.includes('finish'));
        expect(ends.length).toBeLessThanOrEqual(1);
        for (const { before, after, acts } of passed) {
          if (acts.includes('finish')) expect(after).toMatchObject({ phase: 'over', gone: true });
          if (after.phase === 'over') expect(after.child).not.toBe('running');
          if (before.phase === 'over') expect({ after, acts }).toEqual({ after: before, acts: [] });
        }
      }),
    );
  });

  it('after the first signal the key never says passing again, and once gone it stays so', () => {
    fc.assert(
      fc.property(course, fc.constantFrom('absent' as const, 'critical' as const), (given, whenUnwell) => {
        let stopped = false;
        let left = false;
        for (const { event, after } of run(given)) {
          stopped ||= event === 'stop';
          const presence = presenceOf(after, whenUnwell);
          if (stopped) expect(['draining', 'gone']).toContain(presence);
          if (left) expect(presence).toBe('gone');
          left ||= presence === 'gone';
        }
      }),
    );
  });

  it('signals alone bring it to an end, when the child and etcd do as they are told', () => {
    fc.assert(
      fc.property(course, (given) => {
        let now = run(given).at(-1)?.after ?? startLifecycle(given.hasChild);
        const answers: AgentEvent[] = [
          'stop',
          'stop',
          'stop',
          'gone',
          ...(now.child === 'running' ? ['ended' as const] : []),
          'gone',
        ];
        for (const event of answers) now = step(now, event).life;
        expect(now.phase).toBe('over');
      }),
    );
  });
});
