import { EventEmitter } from 'node:events';
import { RollcallError } from '../../model/errors.js';
import type { Rejection } from '../../model/format.js';
import type { Instance, Service } from '../../model/instance.js';
import { createPicker, type Picker } from '../../model/pick.js';
import type { SourceSnapshot } from '../../model/snapshot.js';
import type { Clock, Random } from '../../ports.js';
import type { Staleness } from '../../catalog/staleness.js';
import { changeBetween, type LiveSetState, type SetChange } from './change.js';
import type { FeedEvent } from './feed.js';
import type { SharedFeed } from './shared-feeds.js';
import { createChangeIterators } from './change-iterators.js';

/** What a live set tells, and with what. */
export interface LiveSetEvents {
  /** Instances came, went or say something else. `instances()` has it already. */
  change: [change: SetChange];
  /** What is known may be old, since etcd does not answer. Again for another cause. */
  stale: [stale: Staleness];
  /**
   * It is up to date again. What changed meanwhile has been told; where etcd is older than 3.4.31 or 3.5.13, the last of it may follow
   * in a moment.
   */
  live: [];
}

/**
 * The instances of one service, or of all below a prefix, as etcd has them now. While etcd is away it is what was known last.
 *
 * A listener that throws is an uncaught exception of the process, as with Node's own events; the set and the other listeners go on.
 */
export interface LiveSet extends AsyncDisposable, AsyncIterable<SetChange> {
  /**
   * Sorted by service, address (IPv4, IPv6, names; numerically), port and id. Frozen; the same array until something changes.
   *
   * @param service only this one. Default: all.
   */
  instances(service?: string): readonly Instance[];
  /**
   * One instance, each as often as its weight says; never one that drains, is critical or has the weight 0. Undefined when there is
   * none to be picked.
   */
  pick(service?: string): Instance | undefined;
  /** Registrations that were seen and not taken, and why. Sorted by key. */
  rejected(): readonly Rejection[];
  /** Of etcd, decimal: up to which everything is known. */
  readonly revision: string;
  /** Since when, and why, this may be old; false while it is not. A closed set is stale. */
  readonly stale: Staleness | false;
  /** Called for each event from now on, in order. */
  on<E extends keyof LiveSetEvents>(event: E, listener: (...args: LiveSetEvents[E]) => void): this;
  /** No longer, by the same function. */
  off<E extends keyof LiveSetEvents>(event: E, listener: (...args: LiveSetEvents[E]) => void): this;
  /**
   * Every change from now on, for `for await`. A reader that is slower than the changes gets them merged into one, so it never falls
   * behind by more than that. It ends when the set is closed.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<SetChange>;
  /** Resolves when nothing of it runs any more. Iterations end; nothing is told after it. */
  close(): Promise<void>;
}

export interface LiveSetParts {
  readonly shared: SharedFeed;
  readonly first: SourceSnapshot;
  readonly service: string | undefined;
  readonly clock: Pick<Clock, 'wall'>;
  readonly random: Random;
  /** Called once, when it is closed. */
  readonly onClose: () => void;
}

const nobody: readonly Instance[] = Object.freeze([]);

export function createLiveSet({ shared, first, service, clock, random, onClose }: LiveSetParts): LiveSet {
  const { feed } = shared;
  const emitter = new EventEmitter<LiveSetEvents>().setMaxListeners(0);
  let snapshot = first;
  let now = momentOf(first, service);
  let all: readonly Instance[] | undefined;
  let pickers = new Map<string | undefined, Picker>();
  let closing: Promise<void> | undefined;
  let closedAt = 0;
  const readers = createChangeIterators(() => now);

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
    now = momentOf(latest, service, before);
    if (now.services === before.services) return;
    all = undefined;
    pickers = new Map();
    const change = emitter.listenerCount('change') > 0 ? changeBetween(before, now) : undefined;
    readers.wake();
    if (change !== undefined) emit('change', change);
  }

  const leave = feed.listen((event: FeedEvent) => {
    if (event === 'changed' && feed.latest !== undefined) take(feed.latest);
    else if (event === 'stale' && feed.stale !== undefined) emit('stale', feed.stale);
    else if (event === 'live') emit('live');
  });

  async function end(): Promise<void> {
    closedAt = clock.wall();
    leave();
    emitter.removeAllListeners();
    readers.end();
    onClose();
    await shared.release();
  }

  const set: LiveSet = {
    instances(name) {
      if (name !== undefined) return now.services.get(name)?.instances ?? nobody;
      return (all ??= flatten(now.services));
    },
    pick(name) {
      let picker = pickers.get(name);
      if (picker === undefined) {
        picker = createPicker(set.instances(name));
        // Names that nobody has are not remembered: there are as many of them as callers can think of.
        if (name === undefined || now.services.has(name)) pickers.set(name, picker);
      }
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
    on(event, listener) {
      if (closing === undefined) emitter.on(event, listener as never);
      return set;
    },
    off(event, listener) {
      emitter.off(event, listener as never);
      return set;
    },
    [Symbol.asyncIterator]: () => readers.iterate(),
    close: () => (closing ??= end()),
    [Symbol.asyncDispose]: () => set.close(),
  };
  return set;
}

/** With the services of before, when they are the same objects. */
function momentOf({ services, revision }: SourceSnapshot, service: string | undefined, before?: LiveSetState): LiveSetState {
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
