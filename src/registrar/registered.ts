import type { WriterName } from '../formats/writers/writer.js';
import type { Registration, NormalizedRegistration } from '../model/registration.js';

/** How a registration is written and kept. */
export interface RegisterOptions {
  /**
   * Milliseconds, in whole seconds, that the registration outlives the last sign of life of this process. Default 10,000.
   * etcd may grant more than a short one (by default it gives 2 s for 1 s): then that counts.
   */
  readonly ttl?: number | undefined;
  /** Default json. */
  readonly format?: WriterName | undefined;
  /** What the key begins with; `/services` is `/services/`, as in a source. Default: the usual one of the format. */
  readonly prefix?: string | undefined;
  /**
   * The whole key (`server/001`), or the pattern of what follows the prefix, as the source that reads it has it
   * (`<service>/instances/<id>`). Default `<service>/<id>`.
   */
  readonly key?: string | undefined;
  /** Replace whoever holds the key now. Default false. Later on nobody is replaced, whatever this says. */
  readonly takeOver?: boolean | undefined;
  /** Milliseconds for the first time that etcd takes it; Infinity waits for ever. Default 10,000. */
  readonly timeout?: number | undefined;
  /** Ends the wait for that first time; later it means nothing. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * `registered`: etcd has it as it should be. `draining`: likewise, and it says so, or was withdrawn because its format has no
 * word for it. `lost`: others may not see it; it is put back by itself as soon as that is possible. `gone`: deregistered, for good.
 */
export type RegisteredState = 'registered' | 'draining' | 'lost' | 'gone';

/** Why a state is what it is. Stable, for logs, metrics and code. docs/registrar.md tells of each. */
export type Reason =
  // The first time: nobody had the key; an earlier process of this same endpoint had it; somebody else had it (`takeOver`).
  | 'registered'
  | 'adopted'
  | 'taken-over'
  // The program's own wish.
  | 'updated'
  | 'draining'
  | 'deregistered'
  // Lost: no sign of life was acknowledged in time; etcd says that the lease is gone, or the key; somebody else has the key.
  | 'keepalive-overdue'
  | 'lease-gone'
  | 'key-gone'
  | 'key-taken'
  // Found again: put back, or never away.
  | 'restored';

/** What became of a registration, and why. */
export interface RegisteredChange {
  readonly state: RegisteredState;
  /** Undefined the first time. */
  readonly before: RegisteredState | undefined;
  readonly reason: Reason;
  /** For people: one sentence, without values. */
  readonly detail: string;
  /** What went wrong last, where that is the cause. */
  readonly error?: Error;
}

/** One registration of this process, kept in etcd until it is deregistered, whatever happens on the way. */
export interface Registered extends AsyncDisposable {
  readonly key: string;
  /** As it is wanted now. */
  readonly registration: NormalizedRegistration;
  readonly state: RegisteredState;
  /** The change that led to that state; the first of them comes before anybody can listen. */
  readonly last: RegisteredChange;
  /** Called for each change, in order. What a listener throws is logged. */
  on(event: 'change', listener: (change: RegisteredChange) => void): this;
  off(event: 'change', listener: (change: RegisteredChange) => void): this;
  /**
   * Changes what others read. Resolves when etcd has it, or at once while it is lost: the next put carries it.
   *
   * @throws RollcallError REGISTRATION_INVALID (then nothing changed), or with what etcd refuses it (then it is tried again)
   */
  update(changes: Partial<Omit<Registration, 'service' | 'id'>>): Promise<void>;
  /** `update({ status: 'draining' })`. */
  drain(): Promise<void>;
  /**
   * Takes it out of etcd at once and for good. Never rejects: without an answer from etcd it resolves when the lease must have
   * lapsed. Asking again gives the same promise.
   */
  deregister(): Promise<void>;
}

export interface Registrar {
  /**
   * Puts a registration under a lease and keeps it there. Resolves when the key is in etcd (or rightly absent: a status that the
   * format has no word for). Registrations of one `ttl` share a lease.
   *
   * @throws RollcallError, leaving nothing behind: REGISTRATION_INVALID; REGISTRATION_CONFLICT when somebody else has the key, with or
   * without a lease; ETCD_DENIED and ETCD_LOGIN; after `timeout`, what etcd said last. The reason of `signal`, when that aborts.
   */
  register(registration: Registration, options?: RegisterOptions): Promise<Registered>;
  /** Deregisters everything. Nothing can be registered any more. */
  close(): Promise<void>;
}
