import { setMaxListeners } from 'node:events';
import { orAbort, withDeadline } from '../model/deadline.js';
import { RollcallError } from '../model/errors.js';
import type { Registration } from '../model/registration.js';
import type { Clock, Log, Random } from '../ports/runtime.js';
import { createHandle, isStaying, type Handle } from './handle.js';
import { createLeaseGroup, type LeaseGroup, type RegistrarEtcd } from './lease-group.js';
import { normalizeRequest, type RegistrationRequest } from './request.js';
import type { Registered, RegisterOptions, Registrar } from './registered.js';

export interface RegistrarDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Registers endpoints over one connection to etcd. The caller closes the connection, after `close`. */
export function createRegistrar(etcd: RegistrarEtcd, { clock, random, log }: RegistrarDeps): Registrar {
  const handles = new Map<string, { readonly handle: Handle; readonly group: LeaseGroup }>();
  const groups = new Map<number, LeaseGroup>();
  const closing = new AbortController();
  setMaxListeners(0, closing.signal);

  function groupOf(ttl: number): LeaseGroup {
    const open = groups.get(ttl);
    if (open?.isOpen === true) return open;
    const group = createLeaseGroup({ etcd, ttl, clock, random, log });
    groups.set(ttl, group);
    return group;
  }

  async function deregister(handle: Handle): Promise<void> {
    handles.get(handle.key)?.group.leave(handle);
    await handle.ended;
  }

  function begin(request: RegistrationRequest): Handle {
    const group = groupOf(request.ttl);
    const child = log.child({ key: request.key });
    const handle = createHandle({ request, log: child, clock, enqueue: group.enqueue, deregister });
    handles.set(request.key, { handle, group });
    void handle.ended.then(() => {
      handles.delete(request.key);
    });
    group.add(handle);
    return handle;
  }

  return {
    async register(registration: Registration, options: RegisterOptions = {}): Promise<Registered> {
      const request = normalizeRequest(registration, options);
      closing.signal.throwIfAborted();
      let begun: Handle | undefined;
      const late = (): Error => begun?.lastError ?? timedOut(request);
      const signals = [request.signal, closing.signal].filter((signal) => signal !== undefined);
      // Many registrations may wait on one signal. Without this, Node would print a warning of a listener leak.
      setMaxListeners(0, ...signals);
      return withDeadline({ timeout: request.timeout, clock, signals, late }, async (limit) => {
        for (let other = handles.get(request.key); other !== undefined; other = handles.get(request.key)) {
          if (isStaying(other.handle)) throw taken(request);
          await orAbort(other.handle.ended, limit);
        }
        const handle = begin(request);
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
    status: () =>
      [...handles.values()].flatMap(({ handle }) => (handle.stage === 'gone' ? [] : (handle.status() ?? []))),
    async close() {
      closing.abort(closed());
      const all = [...handles.values()];
      for (const { handle, group } of all) group.leave(handle);
      await Promise.all(all.map(({ handle }) => handle.ended));
    },
  };
}

function taken({ key }: RegistrationRequest): RollcallError {
  const message = `register ${key}: this process has already registered this key`;
  const hint = 'Update that registration, or deregister it first.';
  return new RollcallError('REGISTRATION_CONFLICT', message, { hint });
}

function timedOut({ key, timeout }: RegistrationRequest): RollcallError {
  return new RollcallError('ETCD_UNREACHABLE', `register ${key}: etcd did not accept the key within ${timeout} ms`);
}

function closed(): RollcallError {
  return new RollcallError('REGISTRY_CLOSED', 'the registrar is closed: it registers nothing more');
}
