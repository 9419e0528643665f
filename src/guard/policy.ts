/** When the guard of a target holds what has left etcd. */
export interface GuardPolicy {
  /**
   * The share of a service, of the target or of a raw source that may leave within `window`, in percent. More is held. A service, a target
   * or a raw source of fewer than four has no such limit. 100: no limit.
   */
  readonly maxDropPercent: number;
  /** Milliseconds over which departures add up. */
  readonly window: number;
  /** Milliseconds after which a hold ends in any case. 0: nothing is held. */
  readonly holdFor: number;
  /** A departure that leaves fewer instances of a service than this is held, whatever its share. 0: no limit. */
  readonly minInstances: number;
}

/** Groups below this size have no limit by share: the death of one machine, or one edit by hand, may take most of them. */
export const leastForShare = 4;
