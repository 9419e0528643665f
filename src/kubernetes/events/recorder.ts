import { fieldsOf, RollcallError } from '../../model/errors.js';
import type { Clock, Log } from '../../ports/runtime.js';
import type { Kubernetes } from '../client.js';
import { KubeError } from '../failure.js';
import { resources } from '../resources.js';
import { eventObject, seriesPatch, type ClusterEvent } from './event.js';

/** Writes events on objects, in the background. */
export interface EventRecorder {
  /** Takes an event. It returns at once and never throws. */
  record(event: ClusterEvent): void;
  /** Writes what is waiting, for two seconds at most, and ends. */
  close(): Promise<void>;
}

export interface RecorderDeps {
  readonly connect: () => Promise<Pick<Kubernetes, 'create' | 'patch'>>;
  /** The name of this process, such as that of its pod. */
  readonly instance: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** Milliseconds, but for numbers of events. */
const limits = {
  /** Events at once, and then one in each interval. More are dropped. */
  burst: 25,
  refill: 1000,
  /** Between two writes of one series. */
  series: 30_000,
  /** After this time without a repetition, the next one is a new event. */
  seriesEnd: 360_000,
  /** Series that are known at the same time. */
  known: 1000,
  waiting: 100,
  close: 2000,
};

interface Series {
  readonly event: ClusterEvent;
  /** The name of the event's object; undefined while it is not stored. */
  name: string | undefined;
  count: number;
  /** What the object has. */
  written: number;
  lastSeen: number;
  lastWrite: number;
  isQueued: boolean;
}

/**
 * Creates a recorder. The same event about the same object is one event with a count, which is written again every 30 seconds at most.
 * An event that cannot be written is dropped: the log has it, too.
 */
export function createEventRecorder({ connect, instance, clock, log }: RecorderDeps): EventRecorder {
  const known = new Map<string, Series>();
  const queue: Series[] = [];
  const closing = new AbortController();
  let tokens = limits.burst;
  let filledAt = clock.now();
  let working: Promise<void> | undefined;
  let hasWarned = false;

  function takeToken(): boolean {
    const gained = Math.floor((clock.now() - filledAt) / limits.refill);
    if (gained > 0) {
      tokens = Math.min(limits.burst, tokens + gained);
      filledAt += gained * limits.refill;
    }
    if (tokens === 0) return false;
    tokens -= 1;
    return true;
  }

  async function write(series: Series): Promise<void> {
    const { event, count } = series;
    const kube = await connect();
    const options = { signal: closing.signal };
    const { namespace } = event.regarding;
    if (series.name === undefined) {
      const object = eventObject(event, { wall: clock.wall(), instance });
      await kube.create(resources.event, object, options);
      series.name = object.metadata.name;
    } else {
      const patch = seriesPatch(count, clock.wall());
      await kube.patch(resources.event, { namespace, name: series.name }, patch, { ...options, repeatable: true });
    }
    series.written = count;
  }

  async function work(): Promise<void> {
    for (let series = queue.shift(); series; series = queue.shift()) {
      series.isQueued = false;
      series.lastWrite = clock.now();
      try {
        await write(series);
        hasWarned = false;
      } catch (error) {
        if (closing.signal.aborted) return;
        // Events live for an hour in most clusters. One that is gone begins anew.
        if (error instanceof KubeError && error.traits.absent) series.name = undefined;
        const isNews = !hasWarned && error instanceof RollcallError && !isOutage(error);
        hasWarned ||= isNews;
        log[isNews ? 'warn' : 'debug'](
          fieldsOf(error),
          'no events are written on the objects: nothing else is affected',
        );
      }
    }
  }

  function enqueue(series: Series): void {
    if (series.isQueued || closing.signal.aborted || queue.length >= limits.waiting || !takeToken()) return;
    series.isQueued = true;
    queue.push(series);
    working ??= work().finally(() => (working = undefined));
  }

  function remember(key: string, event: ClusterEvent): Series {
    const now = clock.now();
    const before = known.get(key);
    known.delete(key);
    const isOver = before === undefined || now - before.lastSeen > limits.seriesEnd;
    const series = isOver
      ? { event, name: undefined, count: 0, written: 0, lastSeen: now, lastWrite: -Infinity, isQueued: false }
      : before;
    known.set(key, series);
    const [oldest] = known.keys();
    if (known.size > limits.known && oldest !== undefined) known.delete(oldest);
    return series;
  }

  return {
    record(event) {
      const { regarding, type, reason, note } = event;
      // The same cause has other numbers in its words each time.
      const key = JSON.stringify([regarding.kind, regarding.uid, type, reason, note.replace(/\d+/g, '0')]);
      const series = remember(key, event);
      series.count += 1;
      series.lastSeen = clock.now();
      if (clock.now() - series.lastWrite >= limits.series) enqueue(series);
    },
    async close() {
      for (const series of known.values()) if (series.count > series.written && series.written > 0) enqueue(series);
      const ended = new AbortController();
      await Promise.race([working, clock.sleep(limits.close, ended.signal)]);
      ended.abort();
      closing.abort(new Error('the process ends'));
      await working;
    },
  };
}

/** The log already says that the API server cannot be reached. */
function isOutage(error: RollcallError): boolean {
  return error.code === 'KUBE_UNREACHABLE';
}
