/** What etcd should show for the service. `absent`: no key for now. `gone`: no key, for good. */
export type DesiredPresence = 'absent' | 'passing' | 'critical' | 'draining' | 'gone';

/**
 * `waiting`: the service has not been healthy yet. `leaving`: the key is being deleted. `stopping`: the child has got SIGTERM.
 */
export type Phase = 'waiting' | 'serving' | 'unhealthy' | 'draining' | 'leaving' | 'stopping' | 'over';

/** The state of one run of `register`. */
export interface AgentState {
  readonly phase: Phase;
  /** `none`: there is no command to supervise. */
  readonly child: 'none' | 'running' | 'ended';
  /** True when the key is certainly not in etcd, or rollcall has given up deleting it. */
  readonly gone: boolean;
}

/**
 * `healthy`, `unhealthy`: the result of the health check changed. `stop`: SIGTERM or SIGINT. `drained`: the drain time is over.
 * `gone`: the key is out of etcd. `overdue`: the child did not end in time. `ended`: the child ended. `refused`: etcd refused the
 * registration.
 */
export type AgentEvent = 'healthy' | 'unhealthy' | 'stop' | 'drained' | 'gone' | 'overdue' | 'ended' | 'refused';

/**
 * `drain`: wait for the drain time, then send `drained`. `give-up-soon`: send `gone` shortly, whatever etcd answers. `terminate`: send
 * the child SIGTERM, and send `overdue` if it does not end in time. `kill`: send the child SIGKILL. `finish`: end the run.
 */
export type Effect = 'drain' | 'give-up-soon' | 'terminate' | 'kill' | 'finish';

export interface Step {
  readonly state: AgentState;
  readonly effects: readonly Effect[];
}

export function startLifecycle(hasChild: boolean): AgentState {
  return { phase: 'waiting', child: hasChild ? 'running' : 'none', gone: true };
}

/** What etcd should show in this phase. */
export function desiredPresenceOf({ phase }: AgentState, whenUnhealthy: 'absent' | 'critical'): DesiredPresence {
  switch (phase) {
    case 'waiting':
      return 'absent';
    case 'serving':
      return 'passing';
    case 'unhealthy':
      return whenUnhealthy;
    case 'draining':
      return 'draining';
    case 'leaving':
    case 'stopping':
    case 'over':
      return 'gone';
  }
}

/**
 * Computes the next state for an event, and the effects that the caller must perform. Pure.
 *
 * The order is fixed: the key says draining, the drain time passes, the key is deleted, the child is ended. Each further `stop` starts
 * the next step at once: the first one drains, the second ends the child, the third kills it. Without a child, the second one limits the
 * wait for etcd.
 */
export function step(state: AgentState, event: AgentEvent): Step {
  const { phase } = state;
  if (phase === 'over') return stay(state);
  if (event === 'ended') return endOf({ ...state, child: 'ended' });
  if (event === 'gone')
    return phase === 'leaving' || phase === 'stopping' ? goneOf({ ...state, gone: true }) : stay(state);
  // A refused registration does not stop a child that serves.
  if (event === 'refused') return state.child === 'running' ? stay(state) : to({ ...state, gone: false }, 'leaving');
  switch (phase) {
    case 'waiting':
      if (event === 'healthy') return to({ ...state, gone: false }, 'serving');
      return event === 'stop' ? stopChild(state) : stay(state);
    case 'serving':
      if (event === 'unhealthy') return to(state, 'unhealthy');
      return event === 'stop' ? to(state, 'draining', 'drain') : stay(state);
    case 'unhealthy':
      if (event === 'healthy') return to(state, 'serving');
      // Consumers already avoid an unhealthy instance: there is nothing to drain.
      return event === 'stop' ? to(state, 'leaving') : stay(state);
    case 'draining':
      if (event === 'drained') return to(state, 'leaving');
      if (event !== 'stop') return stay(state);
      return state.child === 'running' ? to(state, 'stopping', 'terminate') : to(state, 'leaving', 'give-up-soon');
    case 'leaving':
      if (event !== 'stop') return stay(state);
      return state.child === 'running' ? to(state, 'stopping', 'terminate') : { state, effects: ['give-up-soon'] };
    case 'stopping':
      return event === 'overdue' || event === 'stop' ? { state, effects: ['kill'] } : stay(state);
  }
}

function stay(state: AgentState): Step {
  return { state, effects: [] };
}

function to(state: AgentState, phase: Phase, ...effects: Effect[]): Step {
  return { state: { ...state, phase }, effects };
}

function stopChild(state: AgentState): Step {
  return state.child === 'running' ? to(state, 'stopping', 'terminate') : to(state, 'over', 'finish');
}

/** The child has ended: the key must be deleted at once. */
function endOf(state: AgentState): Step {
  return state.gone ? to(state, 'over', 'finish') : to(state, 'leaving');
}

function goneOf(state: AgentState): Step {
  return state.phase === 'stopping' ? stay(state) : stopChild(state);
}
