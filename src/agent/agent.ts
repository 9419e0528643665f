import { runHealthCheck } from '../health/check.js';
import type { Registrar } from '../registrar/registered.js';
import { showHealthCheck } from '../health/spec.js';
import { exitCodeOf, type Child, type ChildEnd } from '../process/child.js';
import type { PortOwner, PortWatch } from '../process/port-owner.js';
import type { Runtime } from '../ports/runtime.js';
import { createRegistrationReconciler } from './registration-reconciler.js';
import { startLifecycle, desiredPresenceOf, step, type Effect, type AgentEvent } from './lifecycle.js';
import type { HealthPolicy, RegisterPlan } from './plan.js';

/** Milliseconds that etcd has left after the operator has answered a second time to stop. */
const GIVE_UP_MS = 1000;

/** A running registration and its child, if there is one. */
export interface Agent {
  /** Called for each SIGTERM or SIGINT. */
  stop(signal: NodeJS.Signals): void;
  /**
   * Resolves with the exit code when everything has ended: the child's; without a child 0, or 1 when the key could not be deleted in
   * time. Rejects with the error when etcd refused the registration.
   */
  readonly over: Promise<number>;
}

export interface AgentParts {
  readonly plan: RegisterPlan;
  readonly child: Child | undefined;
  /** The watch of the registered port, from before the start of the child. */
  readonly ports: PortWatch | undefined;
  readonly registrar: Registrar;
  readonly runtime: Runtime;
}

/** The log line of a registration that begins, by what decides that the service is healthy. */
const startMessages: Readonly<Record<HealthPolicy['kind'], string>> = {
  unchecked: 'registering without a health check',
  'first-connect': 'the port accepts connections: registering',
  check: 'healthy: registering',
};

/** Why a connection that was accepted does not count, and which process accepted the last one that counted. */
interface Objection {
  /** Called right after each accepted connection. */
  readonly find: () => string | undefined;
  readonly listener: () => 'command' | 'unknown';
}

/** Performs the effects that `lifecycle.ts` decides on, and reports their results to it as events. */
export function runAgent({ plan, child, ports, registrar, runtime }: AgentParts): Agent {
  const { clock, log } = runtime;
  const ended = new AbortController();
  let state = startLifecycle(child !== undefined);
  let end: ChildEnd | undefined;
  let givenUp = false;
  let refusal: unknown;
  let finish: (code: number) => void;
  let fail: (error: unknown) => void;
  const over = new Promise<number>((resolve, reject) => {
    finish = resolve;
    fail = reject;
  });
  const reconciler = createRegistrationReconciler(
    {
      registrar,
      registration: plan.request.registration,
      options: plan.options,
      retryRefused: child !== undefined,
      runtime,
    },
    {
      gone: () => {
        dispatch('gone');
      },
      refused: (error) => {
        refusal = error;
        dispatch('refused');
      },
    },
  );

  function dispatch(event: AgentEvent, fields: object = {}): void {
    const before = state.phase;
    const { state: next, effects } = step(state, event);
    state = next;
    if (state.phase !== before && event !== 'refused') logPhase(fields);
    else if (state.phase === 'waiting' && event === 'unhealthy') log.info(fields, 'not healthy yet: waiting');
    reconciler.setDesired(desiredPresenceOf(state, plan.whenUnhealthy));
    for (const effect of effects) perform[effect]();
  }

  async function after(ms: number, event: AgentEvent): Promise<void> {
    await clock.sleep(ms, ended.signal);
    if (!ended.signal.aborted) dispatch(event);
  }

  const perform: Readonly<Record<Effect, () => void>> = {
    // Without a key in etcd, no consumer has to be told.
    drain: () => void after(reconciler.isVisible ? plan.drain : 0, 'drained'),
    'give-up-soon': () =>
      void clock.sleep(GIVE_UP_MS, ended.signal).then(() => {
        givenUp = !state.gone;
        dispatch('gone');
      }),
    terminate() {
      child?.send('SIGTERM');
      void after(plan.killAfter, 'overdue');
    },
    kill() {
      log.warn({ pid: child?.pid }, 'the command did not end in time: killing it');
      child?.send('SIGKILL');
    },
    finish() {
      ended.abort();
      if (refusal !== undefined) fail(refusal);
      else finish(end === undefined ? Number(givenUp) : exitCodeOf(end));
    },
  };

  function logPhase(fields: object): void {
    switch (state.phase) {
      case 'serving':
        log.info(fields, startMessages[plan.healthPolicy.kind]);
        break;
      case 'unhealthy':
        log.warn(
          fields,
          plan.whenUnhealthy === 'absent' ? 'unhealthy: deleting the key' : 'unhealthy: setting the status to critical',
        );
        break;
      case 'draining':
        log.info({ ...fields, drainMs: plan.drain }, 'draining');
        break;
      case 'leaving':
        log.info(fields, 'deregistering');
        break;
      case 'stopping':
        log.info({ ...fields, pid: child?.pid }, 'ending the command');
        break;
      case 'waiting':
      case 'over':
    }
  }

  void child?.ended.then((how) => {
    end = how;
    log.info({ pid: child.pid, ...how }, 'the command ended');
    dispatch('ended');
  });
  begin();

  function begin(): void {
    const { healthPolicy } = plan;
    if (healthPolicy.kind === 'unchecked') {
      dispatch('healthy');
      return;
    }
    const { spec, options } = healthPolicy;
    const answered = new AbortController();
    const untilFirstConnect = healthPolicy.kind === 'first-connect';
    const objection =
      untilFirstConnect && child !== undefined && ports !== undefined ? objectionOf(child.pid, ports) : undefined;
    if (untilFirstConnect)
      log.info(
        { check: showHealthCheck(spec) },
        'waiting until the port accepts a connection; `--check none` registers at once',
      );
    void runHealthCheck(
      spec,
      options,
      ({ healthy, why }) => {
        dispatch(healthy ? 'healthy' : 'unhealthy', { why, ...(objection && { listener: objection.listener() }) });
        if (healthy && untilFirstConnect) answered.abort();
      },
      objection === undefined ? runtime : { ...runtime, objection: objection.find },
      AbortSignal.any([ended.signal, answered.signal]),
    );
  }

  /** A connection to another instance at the same port says nothing about the command. */
  function objectionOf(pid: number, ports: PortWatch): Objection {
    const { address, port } = plan.request.registration;
    let told = false;
    let owner: PortOwner = 'unknown';
    const find = (): string | undefined => {
      owner = ports.ownerFor(pid);
      if (owner === 'ended') return 'was accepted by another process: the command has ended';
      if (owner !== 'other') return undefined;
      if (!told)
        log.warn(
          { address, port, pid },
          'another process than the command listens on this port: waiting until the command listens there; set `--check` to use another health check',
        );
      told = true;
      return 'was accepted by another process than the command';
    };
    return { find, listener: () => (owner === 'own' ? 'command' : 'unknown') };
  }

  return {
    stop(signal) {
      dispatch('stop', { signal });
    },
    over,
  };
}
