/** The record that says which process leads, as a store has it. */
export interface LeaseRecord {
  /** Another text after each write of the record. */
  readonly version: string;
  /** The identity of the leader. '' when it has released the lease. */
  readonly holder: string;
  /** Decimal. Each leadership has a greater one than those before it in the same store. */
  readonly epoch: string;
  /** Milliseconds after the last renewal for which the record counts. Infinity: the store itself removes a record that is not renewed. */
  readonly duration: number;
}

/**
 * Where the record of one election is. Each write is a compare-and-swap: it has an effect only on the version that the caller has seen. All
 * functions throw when there is no answer or a refusal. It is then not known whether a write had its effect.
 */
export interface LeaseStore {
  /** For people: `key /rollcall/leader/holder`. */
  readonly describe: string;
  /** Undefined: there is no record. */
  read(signal: AbortSignal): Promise<LeaseRecord | undefined>;
  /** Makes this process the holder, in a new epoch. Undefined: another process has written the record since. */
  take(seen: LeaseRecord | undefined, signal: AbortSignal): Promise<LeaseRecord | undefined>;
  /** Renews the own record. Undefined: the record is no longer this version. */
  renew(own: LeaseRecord, signal: AbortSignal): Promise<LeaseRecord | undefined>;
  /** Lets another process take the lease at once. False: the record is no longer this version. */
  release(own: LeaseRecord, signal: AbortSignal): Promise<boolean>;
}
