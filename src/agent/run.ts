import { createEtcd } from '../etcd/client.js';
import { createRegistrar } from '../registrar/registrar.js';
import { childEnvironment } from '../process/environment.js';
import { startChild, type Child } from '../process/child.js';
import type { Runtime } from '../ports.js';
import { runAgent } from './agent.js';
import { runPreflight } from './preflight.js';
import type { RegisterPlan } from './plan.js';

/** Calls back for every signal of the process that is named, from now on. */
export type Listen = (signals: readonly NodeJS.Signals[], hear: (signal: NodeJS.Signals) => void) => void;

/** What asks for an end has steps of its own; everything else is the command's to understand. */
const forwarded = ['SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGQUIT', 'SIGWINCH', 'SIGALRM'] as const;

/**
 * Registers a service and keeps it registered until a signal asks for the end or its command has ended; lifecycle.ts says what
 * leads to what.
 *
 * @returns the exit code: the command's; without one 0, or 1 when the key could not be taken away in time
 * @throws StartError when the command cannot be started; RollcallError when etcd refuses the registration before anything serves
 */
export async function serveRegistration(plan: RegisterPlan, process: Runtime, listen: Listen): Promise<number> {
  const { service, id } = plan.order.registration;
  const runtime = { ...process, log: process.log.child({ service, id }) };
  const { log, env } = runtime;
  for (const warning of plan.warnings) log.warn({ key: plan.order.key }, warning);
  const stop = new AbortController();
  let asked: NodeJS.Signals | undefined;
  let hear = (signal: NodeJS.Signals): void => {
    asked = signal;
    stop.abort();
  };
  // A hang-up without a command has nobody to be passed on to: it is the end of a session.
  const ends: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT', ...(plan.command ? [] : ['SIGHUP' as const])];
  listen(ends, (signal) => {
    hear(signal);
  });

  const etcd = createEtcd(plan.connection, runtime);
  try {
    if (plan.command !== undefined) await runPreflight(etcd, plan, runtime, stop.signal);
    if (stop.signal.aborted) return 0;
    let child: Child | undefined;
    if (plan.command !== undefined) {
      listen(forwarded, (signal) => {
        log.debug({ signal, pid: child?.pid }, 'passed on');
        child?.send(signal);
      });
      child = await startChild(plan.command, { env: childEnvironment(env) });
      log.info({ pid: child.pid }, 'the command runs');
    }
    const registrar = createRegistrar(etcd, runtime);
    const living = runAgent({ plan, child, registrar, runtime });
    hear = (signal) => {
      living.stop(signal);
    };
    if (asked !== undefined) living.stop(asked);
    return await living.over;
  } finally {
    etcd.close();
  }
}
