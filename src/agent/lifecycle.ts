/** What etcd is to say of us. `absent`: the key is not there now. `gone`: nor will it ever be again. */
export type Presence = 'absent' | 'passing' | 'critical' | 'draining' | 'gone';

/**
 * `waiting`: for the first verdict that all is well. `leaving`: the key is on its way out. `stopping`: the child was told to end.
 */
export type Phase = 'waiting' | 'serving' | 'unwell' | 'draining' | 'leaving' | 'stopping' | 'over';

/** Where one run of `register` stands. */
export interface AgentState {
  readonly phase: Phase;
  /** `none`: there is no command to supervise. */
  readonly child: 'none' | 'running' | 'ended';
  /** True when the key is certainly not in etcd, or nothing more will be done about it. */
  readonly gone: boolean;
}

/**
 * `well`, `unwell`: the check changed its mind. `stop`: SIGTERM or SIGINT. `drained`: the time for consumers to turn away is over.
 * `gone`: the key is out of etcd. `late`: the child did not end in its time. `ended`: it did. `refused`: etcd will not have us.
 */
export type AgentEvent = 'well' | 'unwell' | 'stop' | 'drained' | 'gone' | 'late' | 'ended' | 'refused';

/**
 * `drain`: give consumers their time, then say `drained`. `hurry`: say `gone` soon, whatever etcd says. `terminate`: tell the child
 * to end, and say `late` when it does not. `kill`: end it. `finish`: that was all.
 */
export type Effect = 'drain' | 'hurry' | 'terminate' | 'kill' | 'finish';

export interface Step {
  readonly life: AgentState;
  readonly acts: readonly Effect[];
}

export function startLifecycle(hasChild: boolean): AgentState {
  return { phase: 'waiting', child: hasChild ? 'running' : 'none', gone: true };
}

/** What etcd is to say in this phase. */
export function presenceOf({ phase }: AgentState, whenUnwell: 'absent' | 'critical'): Presence {
  switch (phase) {
    case 'waiting':
      return 'absent';
    case 'serving':
      return 'passing';
    case 'unwell':
      return whenUnwell;
    case 'draining':
      return 'draining';
    case 'leaving':
    case 'stopping':
    case 'over':
      return 'gone';
  }
}

/**
 * What an event makes of a life, and what is to be done for it. Pure.
 *
 * The order that nothing may break: consumers are told, they get their time, the key goes, the child ends. A further `stop` takes the
 * next step at once: the first one drains, the second stops the child, the third kills it; without a child, the second waits no longer
 * for etcd.
 */
export function step(life: AgentState, event: AgentEvent): Step {
  const { phase } = life;
  if (phase === 'over') return stay(life);
  if (event === 'ended') return endOf({ ...life, child: 'ended' });
  if (event === 'gone')
    return phase === 'leaving' || phase === 'stopping' ? goneOf({ ...life, gone: true }) : stay(life);
  // A child that serves is not stopped for what etcd thinks of its registration.
  if (event === 'refused') return life.child === 'running' ? stay(life) : to({ ...life, gone: false }, 'leaving');
  switch (phase) {
    case 'waiting':
      if (event === 'well') return to({ ...life, gone: false }, 'serving');
      return event === 'stop' ? stopChild(life) : stay(life);
    case 'serving':
      if (event === 'unwell') return to(life, 'unwell');
      return event === 'stop' ? to(life, 'draining', 'drain') : stay(life);
    case 'unwell':
      if (event === 'well') return to(life, 'serving');
      // Nobody is sent here any more: there is nothing to drain.
      return event === 'stop' ? to(life, 'leaving') : stay(life);
    case 'draining':
      if (event === 'drained') return to(life, 'leaving');
      if (event !== 'stop') return stay(life);
      return life.child === 'running' ? to(life, 'stopping', 'terminate') : to(life, 'leaving', 'hurry');
    case 'leaving':
      if (event !== 'stop') return stay(life);
      return life.child === 'running' ? to(life, 'stopping', 'terminate') : { life, acts: ['hurry'] };
    case 'stopping':
      return event === 'late' || event === 'stop' ? { life, acts: ['kill'] } : stay(life);
  }
}

function stay(life: AgentState): Step {
  return { life, acts: [] };
}

function to(life: AgentState, phase: Phase, ...acts: Effect[]): Step {
  return { life: { ...life, phase }, acts };
}

function stopChild(life: AgentState): Step {
  return life.child === 'running' ? to(life, 'stopping', 'terminate') : to(life, 'over', 'finish');
}

/** The child has ended: the key must go, at once. */
function endOf(life: AgentState): Step {
  return life.gone ? to(life, 'over', 'finish') : to(life, 'leaving');
}

function goneOf(life: AgentState): Step {
  return life.phase === 'stopping' ? stay(life) : stopChild(life);
}
