import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  startLifecycle,
  desiredPresenceOf,
  step,
  type Effect,
  type AgentState,
  type AgentEvent,
  type Phase,
} from '../../src/agent/lifecycle.js';

const events: readonly AgentEvent[] = [
  'healthy',
  'unhealthy',
  'stop',
  'drained',
  'gone',
  'overdue',
  'ended',
  'refused',
];

/** `phase, child STATE`, and `, gone` when the key is not in etcd. */
const show = ({ phase, child, gone }: AgentState): string => `${phase}, child ${child}${gone ? ', gone' : ''}`;
const state = (phase: Phase, child: AgentState['child'], gone: boolean): AgentState => ({ phase, child, gone });

/** The next state and the effects of each event. An event that is not named changes nothing. */
type Row = Partial<Record<AgentEvent, readonly [state: string, ...effects: Effect[]]>>;

const table: readonly (readonly [AgentState, Row])[] = [
  [
    state('waiting', 'none', true),
    {
      healthy: ['serving, child none'],
      stop: ['over, child none, gone', 'finish'],
      refused: ['leaving, child none'],
    },
  ],
  [
    state('waiting', 'running', true),
    {
      healthy: ['serving, child running'],
      stop: ['stopping, child running, gone', 'terminate'],
      ended: ['over, child ended, gone', 'finish'],
    },
  ],
  [
    state('serving', 'none', false),
    {
      unhealthy: ['unhealthy, child none'],
      stop: ['draining, child none', 'drain'],
      refused: ['leaving, child none'],
    },
  ],
  [
    state('serving', 'running', false),
    {
      unhealthy: ['unhealthy, child running'],
      stop: ['draining, child running', 'drain'],
      ended: ['leaving, child ended'],
    },
  ],
  [
    state('unhealthy', 'none', false),
    {
      healthy: ['serving, child none'],
      stop: ['leaving, child none'],
      refused: ['leaving, child none'],
    },
  ],
  [
    state('unhealthy', 'running', false),
    { healthy: ['serving, child running'], stop: ['leaving, child running'], ended: ['leaving, child ended'] },
  ],
  [
    state('draining', 'none', false),
    {
      drained: ['leaving, child none'],
      stop: ['leaving, child none', 'give-up-soon'],
      refused: ['leaving, child none'],
    },
  ],
  [
    state('draining', 'running', false),
    {
      drained: ['leaving, child running'],
      stop: ['stopping, child running', 'terminate'],
      ended: ['leaving, child ended'],
    },
  ],
  [
    state('leaving', 'none', false),
    {
      gone: ['over, child none, gone', 'finish'],
      stop: ['leaving, child none', 'give-up-soon'],
      refused: ['leaving, child none'],
    },
  ],
  [
    state('leaving', 'running', false),
    {
      gone: ['stopping, child running, gone', 'terminate'],
      stop: ['stopping, child running', 'terminate'],
      ended: ['leaving, child ended'],
    },
  ],
  [
    state('leaving', 'ended', false),
    {
      gone: ['over, child ended, gone', 'finish'],
      stop: ['leaving, child ended', 'give-up-soon'],
      refused: ['leaving, child ended'],
    },
  ],
  [
    state('stopping', 'running', false),
    {
      gone: ['stopping, child running, gone'],
      overdue: ['stopping, child running', 'kill'],
      stop: ['stopping, child running', 'kill'],
      ended: ['leaving, child ended'],
    },
  ],
  [
    state('stopping', 'running', true),
    {
      overdue: ['stopping, child running, gone', 'kill'],
      stop: ['stopping, child running, gone', 'kill'],
      ended: ['over, child ended, gone', 'finish'],
    },
  ],
  [state('over', 'none', true), {}],
  [state('over', 'ended', true), {}],
];

describe('the lifecycle of register', () => {
  it.each(table.map(([from, row]) => [show(from), from, row] as const))('%s: each event', (_title, from, row) => {
    const childless = from.child !== 'running';
    for (const event of events) {
      if (event === 'ended' && childless) continue;
      const { state: to, effects } = step(from, event);
      expect([show(to), ...effects], event).toEqual(row[event] ?? [show(from)]);
    }
  });

  it('knows every state that can be reached', () => {
    const known = new Set(table.map(([from]) => show(from)));
    const reached = new Map<string, AgentState>();
    const look = (from: AgentState): void => {
      if (reached.has(show(from))) return;
      reached.set(show(from), from);
      for (const event of events) if (event !== 'ended' || from.child === 'running') look(step(from, event).state);
    };
    look(startLifecycle(true));
    look(startLifecycle(false));
    expect([...reached.keys()].sort()).toEqual([...known].sort());
  });
});

describe('in every sequence of events', () => {
  const course = fc.record({
    hasChild: fc.boolean(),
    events: fc.array(fc.constantFrom(...events), { maxLength: 30 }),
  });

  function run({ hasChild, events: happening }: { hasChild: boolean; events: readonly AgentEvent[] }) {
    let now = startLifecycle(hasChild);
    const passed: { event: AgentEvent; before: AgentState; after: AgentState; effects: readonly Effect[] }[] = [];
    for (const event of happening) {
      // Only a running child can end.
      if (event === 'ended' && now.child !== 'running') continue;
      const { state: after, effects } = step(now, event);
      passed.push({ event, before: now, after, effects });
      now = after;
    }
    return passed;
  }

  it('the child is ended only after the key is gone, unless a second signal asks for it', () => {
    fc.assert(
      fc.property(course, (given) => {
        let stops = 0;
        for (const { event, after, effects } of run(given)) {
          if (event === 'stop') stops += 1;
          if (effects.includes('terminate')) expect(after.gone || stops > 1).toBe(true);
          if (effects.includes('kill')) expect(after.phase).toBe('stopping');
        }
      }),
    );
  });

  it('the run ends once, leaves no child, and ignores later events', () => {
    fc.assert(
      fc.property(course, (given) => {
        const passed = run(given);
        const ends = passed.filter(({ effects }) => effects.includes('finish'));
        expect(ends.length).toBeLessThanOrEqual(1);
        for (const { before, after, effects } of passed) {
          if (effects.includes('finish')) expect(after).toMatchObject({ phase: 'over', gone: true });
          if (after.phase === 'over') expect(after.child).not.toBe('running');
          if (before.phase === 'over') expect({ after, effects }).toEqual({ after: before, effects: [] });
        }
      }),
    );
  });

  it('after the first signal the key is never passing again, and once gone it stays gone', () => {
    fc.assert(
      fc.property(course, fc.constantFrom('absent' as const, 'critical' as const), (given, whenUnhealthy) => {
        let stopped = false;
        let left = false;
        for (const { event, after } of run(given)) {
          stopped ||= event === 'stop';
          const presence = desiredPresenceOf(after, whenUnhealthy);
          if (stopped) expect(['draining', 'gone']).toContain(presence);
          if (left) expect(presence).toBe('gone');
          left ||= presence === 'gone';
        }
      }),
    );
  });

  it('signals alone end the run when the child and etcd respond', () => {
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
        for (const event of answers) now = step(now, event).state;
        expect(now.phase).toBe('over');
      }),
    );
  });
});
