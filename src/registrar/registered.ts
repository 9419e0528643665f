import type { WriterName } from '../formats/writers/writer.js';
import type { Registration, NormalizedRegistration } from '../model/registration.js';
import type { Problem, Time } from '../model/status.js';

/** How a registration is written and kept. */
export interface RegisterOptions {
  /**
   * Milliseconds, in whole seconds. The key expires this long after the last keepalive of this process. Default 10,000.
   * etcd may grant a longer TTL than a short one that was requested (by default 2 s for 1 s): the granted one counts.
   */
  readonly ttl?: number | undefined;
  /** The format of the value. Default json. */
  readonly format?: WriterName | undefined;
  /** The beginning of the key. `/services` means `/services/`, as in a source. Default: the usual prefix of the format. */
  readonly prefix?: string | undefined;
  /**
   * The whole key (`server/001`), or the pattern of the part after the prefix, as in the source that reads it
   * (`<service>/instances/<id>`). Default `<service>/<id>`.
   */
  readonly key?: string | undefined;
  /** Replace another writer's key, once, when registering. Default false. Later on, a key of another writer is never replaced. */
  readonly takeOver?: boolean | undefined;
  /**
   * When an instance with the same id, address and port has the key under another lease. `adopt`: take the key at once. `wait`: take it
   * only when nothing keeps that lease alive. The key stays in etcd meanwhile, up to three quarters of that lease's TTL; if the lease is
   * kept alive, registering is refused. Default `adopt`.
   */
  readonly whenHeld?: 'adopt' | 'wait' | undefined;
  /** Milliseconds until etcd must have accepted the registration; Infinity: no limit. Default 10,000. */
  readonly timeout?: number | undefined;
  /** Ends the wait for that first acceptance. It has no effect afterwards. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * `registered`: etcd has the desired value. `draining`: etcd has it with the status draining, or the key is deleted because its
 * format has no such status. `lost`: consumers may not see the registration; rollcall puts it back as soon as it can.
 * `gone`: deregistered, for good.
 */
export type RegisteredState = 'registered' | 'draining' | 'lost' | 'gone';

/** The reason of a state change. Stable: logs, metrics and programs may rely on it. docs/registrar.md explains each. */
export type Reason =
  // First registration: the key was free; an earlier process of the same endpoint had it; another writer had it (`takeOver`).
  | 'registered'
  | 'adopted'
  | 'taken-over'
  // Requested by the program.
  | 'updated'
  | 'draining'
  | 'deregistered'
  // Lost: no keepalive was acknowledged in time; the lease is gone; the key is gone; another writer has the key.
  | 'keepalive-overdue'
  | 'lease-gone'
  | 'key-gone'
  | 'key-taken'
  // The key was put back, or was there all the time.
  | 'restored';

/** One state change of a registration, and its reason. */
export interface RegisteredChange {
  readonly state: RegisteredState;
  /** The state before. Undefined for the first change. */
  readonly before: RegisteredState | undefined;
  readonly reason: Reason;
  /** One sentence for people. It contains no values. */
  readonly detail: string;
  /** The error that caused the change, if an error did. */
  readonly error?: Error;
}

/** One registration, as it is when it is asked for: a plain JSON object. It contains no values. */
export interface RegistrationStatus {
  readonly key: string;
  readonly service: string;
  readonly id: string;
  /** The state that the last event `change` has reported. Inside a listener, it is already the new one. */
  readonly state: RegisteredState;
  /** Since when it is in this state. A change that keeps the state, such as `updated`, does not begin it anew. */
  readonly since: Time;
  /** The reason and the sentence of the last change. */
  readonly reason: Reason;
  readonly detail: string;
  /**
   * Why etcd is not known to be in step: the last failure of a keepalive, a read or a write. It goes when etcd answers again and has the desired
   * value. In the state `registered` or `draining`, etcd still has the registration, or its value before an `update` that etcd refuses.
   * No event reports it.
   */
  readonly problem?: Problem;
}

/** One registration of this process. It is kept in etcd until it is deregistered, through every failure in between. */
export interface Registered extends AsyncDisposable {
  readonly key: string;
  /** The desired registration. */
  readonly registration: NormalizedRegistration;
  readonly state: RegisteredState;
  /** The change that led to that state. The first change happens before a listener can be added. */
  readonly last: RegisteredChange;
  /** What is known of the registration now, as plain JSON. It asks etcd nothing. */
  status(): RegistrationStatus;
  /** Calls the listener for each change, in order. An error that a listener throws is logged. */
  on(event: 'change', listener: (change: RegisteredChange) => void): this;
  off(event: 'change', listener: (change: RegisteredChange) => void): this;
  /**
   * Changes the registration. Resolves when etcd has the new value. While the registration is lost it resolves at once, and the next
   * put contains the change.
   *
   * @throws RollcallError REGISTRATION_INVALID (nothing changed), or the error with which etcd refuses the change (it is tried again)
   */
  update(changes: Partial<Omit<Registration, 'service' | 'id'>>): Promise<void>;
  /** `update({ status: 'draining' })`. */
  drain(): Promise<void>;
  /**
   * Deletes the registration from etcd at once and for good. Never rejects: if etcd does not answer, it resolves when the lease must
   * have expired. Further calls wait for the same end.
   */
  deregister(): Promise<void>;
}

export interface Registrar {
  /**
   * Puts a registration under a lease and keeps it there. Resolves when the key is in etcd, or is rightly absent because the format
   * has no word for the status. Registrations with the same `ttl` share a lease.
   *
   * @throws RollcallError REGISTRATION_INVALID; REGISTRATION_CONFLICT when another writer has the key, with or without a lease;
   * ETCD_DENIED and ETCD_LOGIN; after `timeout`, the last error of etcd; REGISTRY_CLOSED. Or the reason of `signal` when that aborts.
   * No key is left in etcd then.
   */
  register(registration: Registration, options?: RegisterOptions): Promise<Registered>;
  /** The registrations that etcd has accepted and that are not gone, in the order of the calls. */
  status(): readonly RegistrationStatus[];
  /** Deregisters everything. The registrar then refuses new registrations. */
  close(): Promise<void>;
}
