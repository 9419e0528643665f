import type { Registered, RegisterOptions, Registrar } from '../registrar/registered.js';
import { backoffDelay } from '../model/backoff.js';
import { orAbort } from '../model/deadline.js';
import { fieldsOf, messageOf } from '../model/errors.js';
import type { NormalizedRegistration } from '../model/registration.js';
import type { Runtime } from '../ports/runtime.js';
import type { DesiredPresence } from './lifecycle.js';

/** Brings the key in etcd in step with the desired presence, one change after the other. */
export interface RegistrationReconciler {
  /** Sets the desired presence. After `gone`, no other one may be set. */
  setDesired(presence: DesiredPresence): void;
  /** True while consumers may see the service: the key was written and not deleted since. */
  readonly isVisible: boolean;
}

export interface ReconcilerParts {
  /** Used by this reconciler only, which closes it at `gone`. */
  readonly registrar: Registrar;
  readonly registration: NormalizedRegistration;
  readonly options: Omit<RegisterOptions, 'timeout' | 'signal'>;
  /** True: a refused first registration is retried without limit, too. */
  readonly retryRefused: boolean;
  readonly runtime: Pick<Runtime, 'clock' | 'random' | 'log'>;
}

export interface ReconcilerListener {
  /** The presence `gone` has been reached. */
  gone(): void;
  /** etcd refused the first registration, or another writer has the key. It is retried unless `gone` is set now. */
  refused(error: unknown): void;
}

// A retry succeeds only after the operator or the other writer has acted.
/** What a change to the presence does, for the log. */
const doing: Readonly<Record<DesiredPresence, string>> = {
  passing: 'registering the service as passing',
  critical: 'registering the service as critical',
  draining: 'registering the service as draining',
  absent: 'deleting the key of the service',
  gone: 'deleting the key of the service',
};

const backoff = { base: 1000, cap: 15_000 };

/**
 * Of several presences set in a row, only the last one counts. A failed change is retried. Only the first registration may be refused
 * for good, and only without `retryRefused`.
 */
export function createRegistrationReconciler(
  parts: ReconcilerParts,
  listener: ReconcilerListener,
): RegistrationReconciler {
  const { registrar, registration, options, runtime } = parts;
  const { clock, random, log } = runtime;
  let desired: DesiredPresence = 'absent';
  let current: DesiredPresence = 'absent';
  let working = false;
  /** False until the first registration has succeeded or was reported as refused. */
  let retriesAll = parts.retryRefused;
  let registered: Registered | undefined;
  /** Aborts the work for the previous presence. */
  let changed = new AbortController();

  async function apply(goal: DesiredPresence, signal: AbortSignal): Promise<void> {
    switch (goal) {
      case 'gone':
        // `close` also waits for registrations that were abandoned half done.
        await registrar.close();
        registered = undefined;
        return;
      case 'absent': {
        const leaving = registered;
        registered = undefined;
        return orAbort(leaving?.deregister() ?? Promise.resolve(), signal);
      }
      case 'draining':
        return orAbort(registered?.drain() ?? Promise.resolve(), signal);
      case 'passing':
      case 'critical':
        if (registered !== undefined) return orAbort(registered.update({ status: goal }), signal);
        registered = await registrar.register(
          { ...registration, status: goal },
          { ...options, timeout: Infinity, signal },
        );
        retriesAll = true;
    }
  }

  async function work(): Promise<void> {
    let failures = 0;
    let reported = '';
    while (current !== desired) {
      const goal = desired;
      changed = new AbortController();
      const { signal } = changed;
      try {
        await apply(goal, signal);
        current = goal;
        failures = 0;
        reported = '';
      } catch (error) {
        if (signal.aborted) continue;
        if (!retriesAll) {
          retriesAll = true;
          listener.refused(error);
          continue;
        }
        // A repeated failure is logged once.
        if (reported !== messageOf(error))
          log.error(
            { ...(registered && { key: registered.key }), ...fieldsOf(error) },
            `${doing[goal]} failed: rollcall tries again`,
          );
        reported = messageOf(error);
        failures += 1;
        await clock.sleep(backoffDelay(failures, backoff, random()), signal);
      }
    }
    if (current === 'gone') listener.gone();
  }

  return {
    setDesired(presence) {
      if (presence === desired) return;
      desired = presence;
      changed.abort();
      if (working) return;
      working = true;
      void work().finally(() => (working = false));
    },
    get isVisible() {
      return registered !== undefined;
    },
  };
}
