import type { Rejection } from '../model/format.js';
import type { Instance, Service } from '../model/instance.js';
import { compareText } from '../model/order.js';
import type { Snapshot, SourceSnapshot } from '../model/snapshot.js';
import type { Cause } from './hold.js';
import { memberOf } from './member.js';

/** Says why something that the last accepted view had is not in the selection. It is asked about nothing else. */
export interface Causes {
  ofInstance(instance: Instance): Cause;
  /** @param source the raw source that had the pair */
  ofPair(source: string, key: string): Cause;
}

export interface CausesInput {
  /** The snapshot that the selection was made from. */
  readonly snapshot: Snapshot;
  /** The names of the target's sources, as the config is now. */
  readonly sources: readonly string[];
  /** Whether the target's `select`, and that of the instance's source, take this instance, as the config is now. Default: they do. */
  readonly selects?: (instance: Instance) => boolean;
  /**
   * Whether etcd has this address and port of the service, in a registration that the `select` of its source leaves out: such registrations
   * are not in the snapshot. Default: not known, so a registration that changes that way counts as gone.
   */
  readonly isFiltered?: (instance: Instance) => boolean;
  /**
   * Whether the last value of a registration that has gone said draining. It matters when one pass sees both changes at once: then no view
   * has the value. Default: only the last accepted view knows.
   */
  readonly wasDraining?: (instance: Instance) => boolean;
  /** `Snapshot.lists` of the snapshot that the last accepted view was made from. Undefined: it was made by another process. */
  readonly listsBefore: Snapshot['lists'];
}

/** The causes, as far as a snapshot tells them. The cost of each question does not depend on the number of services. */
export function createCauses(input: CausesInput): Causes {
  const { snapshot, sources: names, selects, isFiltered, wasDraining, listsBefore } = input;
  const taken = new Set(names);
  const sources = new Map<string, SourceSnapshot>();
  for (const source of snapshot.sources) if (taken.has(source.source)) sources.set(source.source, source);

  const isInEtcd = (instance: Instance): boolean => {
    for (const { services } of sources.values()) {
      const service = services.get(instance.service);
      if (service && hasMember(service, instance)) return true;
    }
    return isFiltered?.(instance) === true;
  };

  function ofKey(source: string, key: string): Cause {
    if (isRejected(sources.get(source)?.rejected ?? [], key)) return 'rejected';
    const list = snapshot.lists?.get(source);
    return list === undefined || list !== listsBefore?.get(source) ? 'listed' : 'left';
  }

  return {
    ofInstance(instance) {
      const { source, key, status } = instance;
      if (!taken.has(source) || selects?.(instance) === false || isInEtcd(instance)) return 'unselected';
      return status === 'draining' || wasDraining?.(instance) === true ? 'draining' : ofKey(source, key);
    },
    ofPair: (source, key) => (taken.has(source) ? ofKey(source, key) : 'unselected'),
  };
}

/** So many questions about one service are answered by reading it. Only then an index pays. */
const questionsBeforeIndex = 4;

const questions = new WeakMap<Service, number>();
const indexes = new WeakMap<Service, ReadonlySet<string>>();

/** Whether the service has an instance at the same address and port. */
function hasMember(service: Service, instance: Instance): boolean {
  const index = indexes.get(service) ?? indexOf(service);
  if (index) return index.has(memberOf(instance));
  const { host, port } = instance;
  return service.instances.some((other) => other.port === port && other.host === host);
}

/** A service never changes, so its index is made once. Undefined: it is not asked about often enough. */
function indexOf(service: Service): ReadonlySet<string> | undefined {
  const asked = (questions.get(service) ?? 0) + 1;
  questions.set(service, asked);
  if (asked <= questionsBeforeIndex) return undefined;
  const index = new Set(service.instances.map(memberOf));
  indexes.set(service, index);
  return index;
}

/** @param rejected sorted by key */
function isRejected(rejected: readonly Rejection[], key: string): boolean {
  let [low, high] = [0, rejected.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareText(rejected[middle]?.key ?? '', key) < 0) low = middle + 1;
    else high = middle;
  }
  return rejected[low]?.key === key;
}
