import type { Registered, RegisterOptions, Registrar } from '../registrar/registered.js';
import { backoffDelay } from '../model/backoff.js';
import { orAbort } from '../model/deadline.js';
import { fieldsOf, messageOf } from '../model/errors.js';
import type { NormalizedRegistration } from '../model/registration.js';
import type { Runtime } from '../ports.js';
import type { Presence } from './lifecycle.js';

/** Brings etcd to say what it is to say, one step after the other. */
export interface RegistrationReconciler {
  /** What etcd is to say from now on. After `gone`, nothing else can be wanted. */
  want(presence: Presence): void;
  /** True while consumers may know us: the key was in etcd, and was not taken away since. */
  readonly known: boolean;
}

export interface KeeperParts {
  /** Its own: it is closed in the end. */
  readonly registrar: Registrar;
  readonly registration: NormalizedRegistration;
  readonly options: Omit<RegisterOptions, 'timeout' | 'signal'>;
  /** True: what etcd refuses at first is tried again for ever, too. */
  readonly patient: boolean;
  readonly runtime: Pick<Runtime, 'clock' | 'random' | 'log'>;
}

export interface KeeperListener {
  /** `gone` is reached. */
  gone(): void;
  /** etcd, or whoever holds the key, will not have us. Who does not want `gone` now is tried again for. */
  refused(error: unknown): void;
}

// Somebody has to act before it can succeed: an operator, or whoever holds the key.
const backoff = { base: 1000, cap: 15_000 };

/**
 * Of several wishes in a row, only the last one counts. What etcd cannot be told now is told later; only the first registration may be
 * refused for good, and only without `patient`.
 */
export function createRegistrationReconciler(parts: KeeperParts, listener: KeeperListener): RegistrationReconciler {
  const { registrar, registration, options, runtime } = parts;
  const { clock, random, log } = runtime;
  let wanted: Presence = 'absent';
  let reached: Presence = 'absent';
  let working = false;
  let proven = parts.patient;
  let registered: Registered | undefined;
  /** Ends what only makes sense for what was wanted before. */
  let changed = new AbortController();

  async function bring(goal: Presence, signal: AbortSignal): Promise<void> {
    switch (goal) {
      case 'gone':
        // It waits for those that were given up while they were on their way, too.
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
        proven = true;
    }
  }

  async function work(): Promise<void> {
    let failures = 0;
    let said = '';
    while (reached !== wanted) {
      const goal = wanted;
      changed = new AbortController();
      const { signal } = changed;
      try {
        await bring(goal, signal);
        reached = goal;
        failures = 0;
        said = '';
      } catch (error) {
        if (signal.aborted) continue;
        if (!proven) {
          proven = true;
          listener.refused(error);
          continue;
        }
        // The same again and again is said once.
        if (said !== messageOf(error)) log.error(fieldsOf(error), `etcd was not told: ${goal}; it is told again`);
        said = messageOf(error);
        failures += 1;
        await clock.sleep(backoffDelay(failures, backoff, random()), signal);
      }
    }
    if (reached === 'gone') listener.gone();
  }

  return {
    want(presence) {
      if (presence === wanted) return;
      wanted = presence;
      changed.abort();
      if (working) return;
      working = true;
      void work().finally(() => (working = false));
    },
    get known() {
      return registered !== undefined;
    },
  };
}
