import { setMaxListeners } from 'node:events';
import { orAbort, withDeadline } from '../model/deadline.js';
import { RollcallError } from '../model/errors.js';
import type { Registration } from '../model/registration.js';
import type { Clock, Log, Random } from '../ports.js';
import { createHandle, isStaying, type Handle } from './handle.js';
import { createLeaseGroup, type LeaseGroup, type RegistrarEtcd } from './lease-group.js';
import { normalizeRequest, type RegistrationRequest } from './request.js';
import type { Registered, RegisterOptions, Registrar } from './registered.js';

export interface RegistrarDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Registers what this process offers, over one connection to etcd. Closing that is the caller's affair, after `close`. */
export function createRegistrar(etcd: RegistrarEtcd, { clock, random, log }: RegistrarDeps): Registrar {
  const handles = new Map<string, { readonly handle: Handle; readonly holding: LeaseGroup }>();
  const holdings = new Map<number, LeaseGroup>();
  const closing = new AbortController();
  setMaxListeners(0, closing.signal);

  function holdingOf(ttl: number): LeaseGroup {
    const open = holdings.get(ttl);
    if (open?.isOpen === true) return open;
    const holding = createLeaseGroup({ etcd, ttl, clock, random, log });
    holdings.set(ttl, holding);
    return holding;
  }

  async function deregister(handle: Handle): Promise<void> {
    handles.get(handle.key)?.holding.leave(handle);
    await handle.ended;
  }

  function begin(order: RegistrationRequest): Handle {
    const holding = holdingOf(order.ttl);
    const child = log.child({ key: order.key });
    const handle = createHandle({ order, log: child, mark: holding.mark, deregister });
    handles.set(order.key, { handle, holding });
    void handle.ended.then(() => {
      handles.delete(order.key);
    });
    holding.add(handle);
    return handle;
  }

  return {
    async register(registration: Registration, options: RegisterOptions = {}): Promise<Registered> {
      const order = normalizeRequest(registration, options);
      closing.signal.throwIfAborted();
      let begun: Handle | undefined;
      const late = (): Error => begun?.lastError ?? unanswered(order);
      const signals = [order.signal, closing.signal].filter((signal) => signal !== undefined);
      // How many wait at once is no leak, and the program must not print Node's warning of one.
      setMaxListeners(0, ...signals);
      return withDeadline({ timeout: order.timeout, clock, signals, late }, async (limit) => {
        for (let other = handles.get(order.key); other !== undefined; other = handles.get(order.key)) {
          if (isStaying(other.handle)) throw taken(order);
          await orAbort(other.handle.ended, limit);
        }
        const handle = begin(order);
        begun = handle;
        try {
          await orAbort(handle.joined, limit);
          return handle.registered;
        } catch (error) {
          void deregister(handle);
          throw error;
        }
      });
    },
    async close() {
      closing.abort(closed());
      const all = [...handles.values()];
      for (const { handle, holding } of all) holding.leave(handle);
      await Promise.all(all.map(({ handle }) => handle.ended));
    },
  };
}

function taken({ key }: RegistrationRequest): RollcallError {
  const message = `register ${key}: this process has registered it already`;
  const hint = 'Update that registration, or deregister it first.';
  return new RollcallError('REGISTRATION_CONFLICT', message, { hint });
}

function unanswered({ key, timeout }: RegistrationRequest): RollcallError {
  return new RollcallError('ETCD_UNREACHABLE', `register ${key}: etcd did not take it within ${timeout} ms`);
}

function closed(): RollcallError {
  return new RollcallError('REGISTRY_CLOSED', 'nothing can be registered any more: the registrar is closed');
}
