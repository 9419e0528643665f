import { RollcallError } from '../model/errors.js';
import { normalizeRegistration, type NormalizedRegistration } from '../model/registration.js';
import type { Clock, Log } from '../ports/runtime.js';
import { describeRegistration } from './describe-registration.js';
import { isKeySpecific, isPermanent } from './failures.js';
import type { LeaseSight } from './holder.js';
import type { RegistrationRequest } from './request.js';
import type { Reason, Registered, RegistrationStatus } from './registered.js';
import { createNotifier } from './notifier.js';

/** The value that etcd should hold for a registration. A later one has a greater `version`. */
export interface DesiredValue {
  readonly registration: NormalizedRegistration;
  /** Undefined: the key must not exist. */
  readonly value: string | undefined;
  readonly version: number;
}

/** One registration, as the modules of the registrar see it. */
export interface Handle {
  readonly key: string;
  readonly request: RegistrationRequest;
  readonly desired: DesiredValue;
  /** The object that the caller holds. */
  readonly registered: Registered;
  /** Resolves when etcd has the registration for the first time; rejects when etcd refuses it. */
  readonly joined: Promise<void>;
  /** Resolves when the registration is gone. */
  readonly ended: Promise<void>;
  /** `joining` until etcd has the registration for the first time; `leaving` from the request to deregister on. */
  readonly stage: 'joining' | 'joined' | 'leaving' | 'gone';
  readonly isLost: boolean;
  /** True when the key is in etcd, according to the last successful write. */
  readonly isPresent: boolean;
  /** The last failure to bring etcd in step. Undefined after a success that followed it. */
  readonly lastError: Error | undefined;
  /** True from the first write on, even if its reply was lost: etcd may hold the key. */
  mayBeInEtcd: boolean;
  /** How the first write got a key that was not free. */
  acquired: 'adopted' | 'taken-over' | undefined;
  /** The first look at the lease of another instance that has the key. */
  holder: LeaseSight | undefined;
  /** `Clock.now()` of the last read of the key. */
  readAt: number;
  /** Records that etcd holds `desired`. `repaired`: another writer had changed or deleted the key, and it was written again. */
  markInStep(desired: DesiredValue, repaired: boolean): void;
  /** Records that consumers may not see the registration. Does nothing before the first success. */
  markLost(reason: Reason, detail: string, error?: Error): void;
  /** Records that an attempt to bring etcd in step failed. Does nothing once the registration has ended. */
  recordFailure(error: Error): void;
  /**
   * Records that etcd answers, and that nothing of this registration waits for it. Before the first success the last failure stays: it is the
   * error of a late registration.
   */
  recordAnswer(): void;
  /** Records the request to deregister. */
  startLeaving(): void;
  /** Records that the registration has ended. */
  markGone(detail: string): void;
  /** Undefined until etcd has the registration for the first time. */
  status(): RegistrationStatus | undefined;
}

export interface HandleParts {
  readonly request: RegistrationRequest;
  readonly log: Log;
  readonly clock: Pick<Clock, 'wall'>;
  /** Called when the desired value has changed. */
  readonly enqueue: (handle: Handle) => void;
  readonly deregister: (handle: Handle) => Promise<void>;
}

/** A call of `update` that waits for etcd. */
interface PendingUpdate {
  readonly version: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** True while the registration should be in etcd. */
export function isStaying({ stage }: Handle): boolean {
  return stage === 'joining' || stage === 'joined';
}

/** @throws RollcallError REGISTRATION_INVALID for a value that the format cannot express */
export function createHandle({ request, log, clock, enqueue, deregister }: HandleParts): Handle {
  const { key } = request;
  const notifier = createNotifier(log, clock);
  const joined = defer();
  const ended = defer();
  // A caller that has given up does not await this promise: a late rejection must not be unhandled.
  joined.promise.catch(() => undefined);
  let stage: Handle['stage'] = 'joining';
  let desired: DesiredValue = {
    registration: request.registration,
    value: request.valueOf(request.registration),
    version: 0,
  };
  let written: DesiredValue | undefined;
  let waiting: PendingUpdate[] = [];
  let lastError: Error | undefined;

  function resolveUpTo(version: number): void {
    for (const one of waiting) if (one.version <= version) one.resolve();
    waiting = waiting.filter((one) => one.version > version);
  }

  const registered: Registered = {
    key,
    get registration() {
      return desired.registration;
    },
    get state() {
      return registered.last.state;
    },
    get last() {
      return reached(notifier.last, key);
    },
    status: () => reached(handle.status(), key),
    on(_event, listener) {
      notifier.on(listener);
      return registered;
    },
    off(_event, listener) {
      notifier.off(listener);
      return registered;
    },
    async update(changes) {
      if (!isStaying(handle)) throw deregistered(key);
      const { service, id } = desired.registration;
      const registration = normalizeRegistration({ ...desired.registration, ...changes, service, id });
      desired = { registration, value: request.valueOf(registration), version: desired.version + 1 };
      const { version } = desired;
      enqueue(handle);
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
    request,
    registered,
    joined: joined.promise,
    ended: ended.promise,
    mayBeInEtcd: false,
    acquired: undefined,
    holder: undefined,
    readAt: -Infinity,
    get desired() {
      return desired;
    },
    get stage() {
      return stage;
    },
    get lastError() {
      return lastError;
    },
    get isLost() {
      return notifier.last?.state === 'lost';
    },
    get isPresent() {
      return !handle.isLost && written?.value !== undefined;
    },
    markInStep(now, repaired) {
      if (!isStaying(handle)) return;
      const draining = now.registration.status === 'draining';
      const state = draining ? 'draining' : 'registered';
      const there = now.value === undefined ? 'the key is out of etcd, as this status requires' : 'etcd has the key';
      lastError = undefined;
      if (stage === 'joining') {
        stage = 'joined';
        notifier.notify(state, handle.acquired ?? 'registered', there);
        joined.resolve();
      } else if (handle.isLost || (repaired && now.version === written?.version))
        notifier.notify(state, 'restored', there);
      else if (now.version !== written?.version)
        notifier.notify(state, draining && notifier.last?.state !== 'draining' ? 'draining' : 'updated', there);
      written = now;
      resolveUpTo(now.version);
    },
    markLost(reason, detail, error) {
      if (stage !== 'joined') return;
      // An earlier failure does not explain this state.
      lastError = error;
      notifier.notify('lost', reason, detail, error);
      resolveUpTo(desired.version);
    },
    recordFailure(error) {
      // The reply to a deletion can come after the wait for it has ended.
      if (stage === 'gone') return;
      lastError = error;
      if (stage === 'joining' && isPermanent(error)) joined.reject(error);
      if (!isKeySpecific(error)) return;
      const refused = waiting;
      waiting = [];
      for (const one of refused) one.reject(error);
    },
    recordAnswer() {
      if (stage === 'joined') lastError = undefined;
    },
    startLeaving() {
      stage = 'leaving';
      resolveUpTo(Infinity);
    },
    markGone(detail) {
      stage = 'gone';
      lastError = undefined;
      if (notifier.last !== undefined) notifier.notify('gone', 'deregistered', detail);
      ended.resolve();
    },
    status: () => describeRegistration({ key, registration: desired.registration, told: notifier, failure: lastError }),
  };
  return handle;
}

/** The caller gets its object only after the first change. */
function reached<T>(value: T | undefined, key: string): T {
  if (value === undefined) throw new Error(`${key} is handed out before it is registered`);
  return value;
}

function deregistered(key: string): RollcallError {
  return new RollcallError('REGISTRATION_INVALID', `${key} is deregistered`, { hint: 'Register it again.' });
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
