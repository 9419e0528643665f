import { runHealthCheck } from '../health/check.js';
import type { Registrar } from '../registrar/registered.js';
import { showHealthCheck } from '../health/spec.js';
import { exitCodeOf, type Child, type ChildEnd } from '../process/child.js';
import type { Runtime } from '../ports.js';
import { createRegistrationReconciler } from './desired-registration.js';
import { startLifecycle, presenceOf, step, type Effect, type AgentEvent } from './lifecycle.js';
import type { RegisterPlan } from './plan.js';

/** What etcd is given to answer to somebody who waits no longer, in milliseconds. */
const HURRY = 1000;

/** A registration, and the child that it speaks for, at work. */
export interface Agent {
  /** SIGTERM or SIGINT has come. */
  stop(signal: NodeJS.Signals): void;
  /**
   * The exit code, when everything is over: the child's; without one 0, or 1 when the key could not be taken away in time.
   * Rejects with what etcd refused the registration for.
   */
  readonly over: Promise<number>;
}

export interface AgentParts {
  readonly plan: RegisterPlan;
  readonly child: Child | undefined;
  readonly registrar: Registrar;
  readonly runtime: Runtime;
}

/** Does what `lifecycle.ts` decides, and tells it what comes of that. */
export function runAgent({ plan, child, registrar, runtime }: AgentParts): Agent {
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
  const keeper = createRegistrationReconciler(
    {
      registrar,
      registration: plan.order.registration,
      options: plan.options,
      patient: child !== undefined,
      runtime,
    },
    {
      gone: () => {
        happen('gone');
      },
      refused: (error) => {
        refusal = error;
        happen('refused');
      },
    },
  );

  function happen(event: AgentEvent, fields: object = {}): void {
    const before = state.phase;
    const { life, acts } = step(state, event);
    state = life;
    if (state.phase !== before && event !== 'refused') sayPhase(fields);
    else if (state.phase === 'waiting' && event === 'unwell') log.info(fields, 'waiting until it is well');
    keeper.want(presenceOf(state, plan.whenUnwell));
    for (const act of acts) perform[act]();
  }

  async function after(ms: number, event: AgentEvent): Promise<void> {
    await clock.sleep(ms, ended.signal);
    if (!ended.signal.aborted) happen(event);
  }

  const perform: Readonly<Record<Effect, () => void>> = {
    // Whom nobody knows, nobody turns away from.
    drain: () => void after(keeper.known ? plan.drain : 0, 'drained'),
    hurry: () =>
      void clock.sleep(HURRY, ended.signal).then(() => {
        givenUp = !state.gone;
        happen('gone');
      }),
    terminate() {
      child?.send('SIGTERM');
      void after(plan.killAfter, 'late');
    },
    kill() {
      log.warn({ pid: child?.pid }, 'the command does not end: killing it');
      child?.send('SIGKILL');
    },
    finish() {
      ended.abort();
      if (refusal !== undefined) fail(refusal);
      else finish(end === undefined ? Number(givenUp) : exitCodeOf(end));
    },
  };

  function sayPhase(fields: object): void {
    switch (state.phase) {
      case 'serving':
        log.info(fields, 'well: registering');
        break;
      case 'unwell':
        log.warn(fields, plan.whenUnwell === 'absent' ? 'unwell: withdrawing' : 'unwell: saying critical');
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
    happen('ended');
  });
  begin();

  function begin(): void {
    const { wellness } = plan;
    if (wellness.kind === 'at-once') {
      happen('well');
      return;
    }
    const { spec, options } = wellness;
    const asked = new AbortController();
    const gate = wellness.kind === 'gate';
    if (gate)
      log.info(
        { check: showHealthCheck(spec) },
        'it is registered when its port accepts a connection; with --check none, at once',
      );
    void runHealthCheck(
      spec,
      options,
      ({ healthy, why }) => {
        happen(healthy ? 'well' : 'unwell', { why });
        if (healthy && gate) asked.abort();
      },
      runtime,
      AbortSignal.any([ended.signal, asked.signal]),
    );
  }

  return {
    stop(signal) {
      happen('stop', { signal });
    },
    over,
  };
}
