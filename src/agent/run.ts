import { createEtcd } from '../etcd/client.js';
import { createRegistrar } from '../registrar/registrar.js';
import { childEnvironment } from '../process/environment.js';
import { startChild, type Child } from '../process/child.js';
import { watchPort, type PortWatch } from '../process/port-owner.js';
import type { Runtime } from '../ports/runtime.js';
import { runAgent } from './agent.js';
import { runPreflight } from './preflight.js';
import type { RegisterPlan } from './plan.js';

/** Calls `handler` for every later signal of this process that is named in `signals`. */
export type OnSignals = (signals: readonly NodeJS.Signals[], handler: (signal: NodeJS.Signals) => void) => void;

/** Signals that are passed on to the command. SIGTERM and SIGINT start the shutdown instead. */
const forwarded = ['SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGQUIT', 'SIGWINCH', 'SIGALRM'] as const;

/**
 * Registers a service and keeps it registered until a signal asks to stop or its command has ended. `lifecycle.ts` has the
 * order of the steps.
 *
 * @returns the exit code: the command's; without one 0, or 1 when the key could not be deleted in time
 * @throws StartError when the command cannot be started; RollcallError when etcd refuses the registration before anything serves
 */
export async function serveRegistration(plan: RegisterPlan, process: Runtime, onSignals: OnSignals): Promise<number> {
  const { service, id } = plan.request.registration;
  const runtime = { ...process, log: process.log.child({ service, id }) };
  const { log, env } = runtime;
  for (const warning of plan.warnings) log.warn({ key: plan.request.key }, warning);
  const stop = new AbortController();
  let asked: NodeJS.Signals | undefined;
  let handler = (signal: NodeJS.Signals): void => {
    asked = signal;
    stop.abort();
  };
  // Without a command, SIGHUP means that the session has ended.
  const stopSignals: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT', ...(plan.command ? [] : ['SIGHUP' as const])];
  onSignals(stopSignals, (signal) => {
    handler(signal);
  });

  const etcd = createEtcd(plan.connection, runtime);
  try {
    if (plan.command !== undefined) await runPreflight(etcd, plan, runtime, stop.signal);
    if (stop.signal.aborted) return 0;
    let child: Child | undefined;
    let ports: PortWatch | undefined;
    if (plan.command !== undefined) {
      onSignals(forwarded, (signal) => {
        log.debug({ signal, pid: child?.pid }, 'signal passed on to the command');
        child?.send(signal);
      });
      ports = watchPort(plan.request.registration);
      child = await startChild(plan.command, { env: childEnvironment(env) });
      log.info({ pid: child.pid }, 'the command has started');
    }
    const registrar = createRegistrar(etcd, runtime);
    const agent = runAgent({ plan, child, ports, registrar, runtime });
    handler = (signal) => {
      agent.stop(signal);
    };
    if (asked !== undefined) agent.stop(asked);
    return await agent.over;
  } finally {
    etcd.close();
  }
}
