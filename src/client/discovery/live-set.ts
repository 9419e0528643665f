import { EventEmitter } from 'node:events';
import { RollcallError } from '../../model/errors.js';
import type { Rejection } from '../../model/format.js';
import type { Instance, Service } from '../../model/instance.js';
import { createPicker, type Picker } from '../../model/pick.js';
import type { SourceSnapshot } from '../../model/snapshot.js';
import type { Clock, Random } from '../../ports/runtime.js';
import type { Staleness } from '../../catalog/staleness.js';
import { changeBetween, type LiveSetState, type SetChange } from './change.js';
import type { FeedEvent } from './feed.js';
import type { SharedFeed } from './shared-feeds.js';
import { createChangeIterators } from './change-iterators.js';
import { describeSet, type LiveSetStatus } from './status.js';

/** The events of a live set and their arguments. */
export interface LiveSetEvents {
  /** Instances were added, removed or changed. `instances()` already returns the new state. */
  change: [change: SetChange];
  /**
   * The instances may be out of date, because etcd does not answer or its keys cannot be read. Emitted again for another cause.
   * `status().watch` is then `waiting`.
   */
  stale: [stale: Staleness];
  /**
   * The set is up to date again. The changes in between have been emitted. With an etcd older than 3.4.31 or 3.5.13, the last of them may
   * follow a little later. `status().watch` is then `live`, or `listing` until the watch is open.
   */
  live: [];
}

/**
 * The current instances of one service, or of all services below a prefix. While etcd does not answer, the set keeps the last known
 * instances.
 *
 * An error that a listener throws becomes an uncaught exception of the process, as with Node's own events. The set and the other
 * listeners continue.
 */
export interface LiveSet extends AsyncDisposable, AsyncIterable<SetChange> {
  /**
   * The instances, sorted by service, address (IPv4, IPv6, names; numerically), port and id. The array is frozen, and stays the same object
   * until the set changes.
   *
   * @param service only the instances of this service. Default: all.
   */
  instances(service?: string): readonly Instance[];
  /**
   * Picks one instance at random, in proportion to the weights. It never picks an instance that is draining or critical, or that has the
   * weight 0. Undefined when there is no other one.
   */
  pick(service?: string): Instance | undefined;
  /** The registrations that were rejected, with the reasons. Sorted by key. */
  rejected(): readonly Rejection[];
  /** The revision of etcd up to which the set is complete, decimal. */
  readonly revision: string;
  /** Since when and why the set may be out of date. False while it is up to date. A closed set is stale. */
  readonly stale: Staleness | false;
  /** What the set knows of itself now, as plain JSON. A closed set keeps its last revision and counts. */
  status(): LiveSetStatus;
  /** Calls the listener for each later event, in order. */
  on<E extends keyof LiveSetEvents>(event: E, listener: (...args: LiveSetEvents[E]) => void): this;
  /** Removes a listener that `on` has added. */
  off<E extends keyof LiveSetEvents>(event: E, listener: (...args: LiveSetEvents[E]) => void): this;
  /**
   * Iterates over every later change, for `for await`. A reader that is slower than the changes gets them merged into one. The iteration ends
   * when the set is closed.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<SetChange>;
  /** Closes the set. Iterations end and no event follows. Resolves when nothing of the set is running. */
  close(): Promise<void>;
}

export interface LiveSetParts {
  readonly shared: SharedFeed;
  readonly first: SourceSnapshot;
  readonly service: string | undefined;
  readonly clock: Pick<Clock, 'wall'>;
  readonly random: Random;
  /** Called once, when the set is closed. */
  readonly onClose: () => void;
}

const noInstances: readonly Instance[] = Object.freeze([]);

export function createLiveSet({ shared, first, service, clock, random, onClose }: LiveSetParts): LiveSet {
  const { feed } = shared;
  const emitter = new EventEmitter<LiveSetEvents>().setMaxListeners(0);
  let snapshot = first;
  let now = stateOf(first, service);
  let all: readonly Instance[] | undefined;
  // A list of instances is the same object until one of them changes.
  const pickers = new WeakMap<readonly Instance[], Picker>();
  let closing: Promise<void> | undefined;
  let closedAt = 0;
  const iterators = createChangeIterators(() => now);

  function emit<E extends keyof LiveSetEvents>(event: E, ...args: LiveSetEvents[E]): void {
    for (const listener of emitter.listeners(event) as ((...args: LiveSetEvents[E]) => void)[]) {
      try {
        listener(...args);
      } catch (error) {
        process.nextTick(() => {
          throw error;
        });
      }
    }
  }

  function take(latest: SourceSnapshot): void {
    const before = now;
    snapshot = latest;
    now = stateOf(latest, service, before);
    if (now.services === before.services) return;
    all = undefined;
    const change = emitter.listenerCount('change') > 0 ? changeBetween(before, now) : undefined;
    iterators.wake();
    if (change !== undefined) emit('change', change);
  }

  const unsubscribe = feed.listen((event: FeedEvent) => {
    if (event === 'changed' && feed.latest !== undefined) take(feed.latest);
    else if (event === 'stale' && feed.stale !== undefined) emit('stale', feed.stale);
    else if (event === 'live') emit('live');
  });

  async function end(): Promise<void> {
    closedAt = clock.wall();
    unsubscribe();
    emitter.removeAllListeners();
    iterators.end();
    onClose();
    await shared.release();
  }

  const set: LiveSet = {
    instances(name) {
      if (name !== undefined) return now.services.get(name)?.instances ?? noInstances;
      return (all ??= flatten(now.services));
    },
    pick(name) {
      const instances = set.instances(name);
      let picker = pickers.get(instances);
      if (picker === undefined) pickers.set(instances, (picker = createPicker(instances)));
      return picker(random());
    },
    rejected: () => snapshot.rejected,
    get revision() {
      return snapshot.revision;
    },
    get stale() {
      if (closing === undefined) return feed.stale ?? false;
      return { since: closedAt, error: new RollcallError('REGISTRY_CLOSED', 'the set is closed') };
    },
    status() {
      const watch = closing === undefined ? feed.watch : { kind: 'closed' as const, since: closedAt };
      return describeSet({ snapshot, service, services: now.services, stale: set.stale, watch });
    },
    on(event, listener) {
      if (closing === undefined) emitter.on(event, listener as never);
      return set;
    },
    off(event, listener) {
      emitter.off(event, listener as never);
      return set;
    },
    [Symbol.asyncIterator]: () => iterators.iterate(),
    close: () => (closing ??= end()),
    [Symbol.asyncDispose]: () => set.close(),
  };
  return set;
}

/** The state of one snapshot. It reuses the services of `before` when they are the same objects. */
function stateOf(
  { services, revision }: SourceSnapshot,
  service: string | undefined,
  before?: LiveSetState,
): LiveSetState {
  if (service === undefined) return { services, revision };
  const one = services.get(service);
  if (before !== undefined && before.services.get(service) === one) return { services: before.services, revision };
  return { services: new Map(one === undefined ? [] : [[service, one]]), revision };
}

function flatten(services: ReadonlyMap<string, Service>): readonly Instance[] {
  const [only] = services.values();
  if (only !== undefined && services.size === 1) return only.instances;
  return Object.freeze([...services.values()].flatMap(({ instances }) => instances));
}
