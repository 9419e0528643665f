import { RollcallError } from '../model/errors.js';
import { normalizeRegistration, type NormalizedRegistration } from '../model/registration.js';
import type { Log } from '../ports.js';
import { isAboutKey, isFinal } from './failures.js';
import type { RegistrationRequest } from './request.js';
import type { Reason, Registered } from './registered.js';
import { createNotifier } from './notifier.js';

/** What should stand in etcd. A later wish has a greater number. */
export interface DesiredValue {
  readonly registration: NormalizedRegistration;
  /** Undefined: nothing. */
  readonly value: string | undefined;
  readonly version: number;
}

/** One registration, as the rooms of the registrar see it. */
export interface Handle {
  readonly key: string;
  readonly order: RegistrationRequest;
  readonly wanted: DesiredValue;
  /** What the caller holds. */
  readonly registered: Registered;
  /** Resolves when etcd has it for the first time; rejects when it is refused. */
  readonly joined: Promise<void>;
  /** Resolves when it is gone. */
  readonly ended: Promise<void>;
  /** `joining` until etcd has it for the first time; `leaving` from the wish to be gone. */
  readonly stage: 'joining' | 'joined' | 'leaving' | 'gone';
  readonly isLost: boolean;
  /** As far as anybody knows, its key is in etcd. */
  readonly isPresent: boolean;
  /** What went wrong last on the way to what is wanted. */
  readonly lastError: Error | undefined;
  /** Something of it may be in etcd. */
  tried: boolean;
  /** How it came to its key, where it was not free. */
  entry: 'adopted' | 'taken-over' | undefined;
  /** `Clock.now()` of the last look at its key. */
  lookedAt: number;
  /** Etcd has this wish. `repaired`: it had something else, that nobody of this process wished. */
  settle(wanted: DesiredValue, repaired: boolean): void;
  lose(reason: Reason, detail: string, error?: Error): void;
  /** A try to reach what is wanted failed. */
  fail(error: Error): void;
  leave(): void;
  finish(detail: string): void;
}

export interface HandleParts {
  readonly order: RegistrationRequest;
  readonly log: Log;
  /** There is a new wish. */
  readonly mark: (handle: Handle) => void;
  readonly deregister: (handle: Handle) => Promise<void>;
}

interface Waiting {
  readonly version: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** It is to be in etcd. */
export function isStaying({ stage }: Handle): boolean {
  return stage === 'joining' || stage === 'joined';
}

/** @throws RollcallError REGISTRATION_INVALID for what the format cannot say */
export function createHandle({ order, log, mark, deregister }: HandleParts): Handle {
  const { key } = order;
  const teller = createNotifier(log);
  const joined = defer();
  const ended = defer();
  // Whoever registers waits for it; when he has given up before, nobody does.
  joined.promise.catch(() => undefined);
  let stage: Handle['stage'] = 'joining';
  let wanted: DesiredValue = { registration: order.registration, value: order.valueOf(order.registration), version: 0 };
  let settled: DesiredValue | undefined;
  let waiting: Waiting[] = [];
  let lastError: Error | undefined;

  function release(version: number): void {
    for (const one of waiting) if (one.version <= version) one.resolve();
    waiting = waiting.filter((one) => one.version > version);
  }

  const registered: Registered = {
    key,
    get registration() {
      return wanted.registration;
    },
    get state() {
      return registered.last.state;
    },
    get last() {
      if (teller.last === undefined) throw new Error(`${key} is handed out before it is registered`);
      return teller.last;
    },
    on(_event, listener) {
      teller.on(listener);
      return registered;
    },
    off(_event, listener) {
      teller.off(listener);
      return registered;
    },
    async update(changes) {
      if (!isStaying(handle)) throw over(key);
      const { service, id } = wanted.registration;
      const registration = normalizeRegistration({ ...wanted.registration, ...changes, service, id });
      wanted = { registration, value: order.valueOf(registration), version: wanted.version + 1 };
      const { version } = wanted;
      mark(handle);
      if (handle.isLost) return;
      await new Promise<void>((resolve, reject) => {
        waiting.push({ version, resolve, reject });
      });
    },
    drain: () => registered.update({ status: 'draining' }),
    deregister: () => deregister(handle),
    [Symbol.asyncDispose]: () => deregister(handle),
  };

  const handle: Handle = {
    key,
    order,
    registered,
    joined: joined.promise,
    ended: ended.promise,
    tried: false,
    entry: undefined,
    lookedAt: -Infinity,
    get wanted() {
      return wanted;
    },
    get stage() {
      return stage;
    },
    get lastError() {
      return lastError;
    },
    get isLost() {
      return teller.last?.state === 'lost';
    },
    get isPresent() {
      return !handle.isLost && settled?.value !== undefined;
    },
    settle(now, repaired) {
      if (!isStaying(handle)) return;
      const draining = now.registration.status === 'draining';
      const state = draining ? 'draining' : 'registered';
      const there = now.value === undefined ? 'the key is out of etcd, as this status wants it' : 'etcd has the key';
      if (stage === 'joining') {
        stage = 'joined';
        teller.tell(state, handle.entry ?? 'registered', there);
        joined.resolve();
      } else if (handle.isLost || (repaired && now.version === settled?.version)) teller.tell(state, 'restored', there);
      else if (now.version !== settled?.version)
        teller.tell(state, draining && teller.last?.state !== 'draining' ? 'draining' : 'updated', there);
      settled = now;
      release(now.version);
    },
    lose(reason, detail, error) {
      if (stage !== 'joined') return;
      teller.tell('lost', reason, detail, error);
      release(wanted.version);
    },
    fail(error) {
      lastError = error;
      if (stage === 'joining' && isFinal(error)) joined.reject(error);
      if (!isAboutKey(error)) return;
      const refused = waiting;
      waiting = [];
      for (const one of refused) one.reject(error);
    },
    leave() {
      stage = 'leaving';
      release(Infinity);
    },
    finish(detail) {
      stage = 'gone';
      if (teller.last !== undefined) teller.tell('gone', 'deregistered', detail);
      ended.resolve();
    },
  };
  return handle;
}

function over(key: string): RollcallError {
  return new RollcallError('REGISTRATION_INVALID', `${key} is deregistered`, { hint: 'Register it anew.' });
}

interface Deferred {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

function defer(): Deferred {
  let resolve!: () => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
