import { describeProblem } from '../../model/describe-problem.js';
import type { Service } from '../../model/instance.js';
import { showTime } from '../../model/show-time.js';
import type { SourceSnapshot } from '../../model/snapshot.js';
import type { Problem, SourceStatus, Time } from '../../model/status.js';
import type { Staleness } from '../../catalog/staleness.js';
import type { FeedWatch } from './feed.js';

/** One live set, as it is when it is asked for: a plain JSON object, in the words of `SourceStatus`. */
export interface LiveSetStatus {
  /** The part of the keys that is watched, without the namespace of the connection. */
  readonly prefix: string;
  /** The service that was asked for. Null: all services below the prefix. */
  readonly service: string | null;
  /** The format in use. */
  readonly format: string;
  /**
   * `live`: the set is up to date, which the answers of etcd prove within seconds. `waiting`: the set may be out of date, because of
   * `problem`; it stays so during each new attempt. `connecting`, `listing`: the set is complete up to `revision`, and its watch is opening,
   * as right after `discover`; no attempt has failed. `closed`: `close` was called.
   *
   * It is `waiting` from the event `stale` until the event `live`. Inside a listener, it already has the new value.
   */
  readonly watch: Exclude<SourceStatus['watch'], 'not-started'> | 'closed';
  /** Since when `watch` has this value. */
  readonly since: Time;
  /** Why the set may be out of date, or that it is closed: the error of `LiveSet.stale`. Absent in every other state of `watch`. */
  readonly problem?: Problem;
  /** The revision of etcd up to which the set is complete, decimal int64. */
  readonly revision: string;
  /** How many services and instances the set has. */
  readonly services: number;
  readonly instances: number;
  /** How many registrations below the prefix were rejected: the length of `LiveSet.rejected()`. */
  readonly rejected: number;
}

export interface DescribedSet {
  readonly snapshot: SourceSnapshot;
  readonly service: string | undefined;
  /** The services of the set. */
  readonly services: ReadonlyMap<string, Service>;
  readonly stale: Staleness | false;
  readonly watch: FeedWatch | { readonly kind: 'closed'; readonly since: number };
}

/** The status of a live set. Its cost grows with the number of services, not of instances. */
export function describeSet({ snapshot, service, services, stale, watch }: DescribedSet): LiveSetStatus {
  const { prefix, format, revision, rejected } = snapshot;
  let instances = 0;
  for (const each of services.values()) instances += each.instances.length;
  return {
    prefix,
    service: service ?? null,
    format,
    watch: watch.kind,
    since: showTime(watch.since),
    ...(stale !== false && { problem: describeProblem(stale.error) }),
    revision,
    services: services.size,
    instances,
    rejected: rejected.length,
  };
}
