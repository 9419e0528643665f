import { backoffDelay } from '../../model/backoff.js';
import { RollcallError } from '../../model/errors.js';
import type { Clock, Log, Random } from '../../ports/runtime.js';
import type { SourceState } from '../../ports/source.js';
import { explainBreak } from '../calls/explain.js';
import type { Kubernetes } from '../client.js';
import { KubeError } from '../failure.js';
import { describeQuery, type ObjectQuery } from '../list.js';
import type { ObjectSink } from './batch.js';
import { createKnownObjects, type KnownObjects } from './known-objects.js';
import type { WatchEnd } from './watch.js';

export interface ObjectSource {
  readonly name: string;
  /** Lists, then watches, until `signal` aborts; then it resolves. A fault of the server never makes it reject. */
  run(sink: ObjectSink, signal: AbortSignal): Promise<void>;
  /** Counts since the start. `watches`: those that the API server has accepted. */
  readonly counts: { readonly lists: number; readonly watches: number };
}

/** Milliseconds, but for `watchSeconds`. */
export interface ObjectTiming {
  /** How long one watch lasts, on average. Each lasts up to a quarter shorter or longer. */
  readonly watchSeconds: number;
  /** Time beyond that until a watch that has not ended counts as dead. */
  readonly grace: number;
  readonly backoff: { readonly base: number; readonly cap: number };
  /** A watch that ends sooner counts as a failure. */
  readonly lasting: number;
  /** Average time between two lists, which find what a watch has lost. Each time is up to a third shorter or longer. */
  readonly relistEvery: number;
}

const standardTiming: ObjectTiming = {
  watchSeconds: 60,
  grace: 10_000,
  backoff: { base: 100, cap: 5000 },
  lasting: 1000,
  relistEvery: 600_000,
};

export interface ObjectSourceOptions {
  readonly name: string;
  readonly query: ObjectQuery;
  /** Objects per call of a list. Default 500. */
  readonly pageSize?: number;
  readonly timing?: Partial<ObjectTiming>;
}

export interface ObjectSourceDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/**
 * Lists the objects of a query, and then watches them until the signal aborts. After a cut connection, a killed or frozen API server,
 * compaction or a restored store, the delivered state becomes equal to a fresh list.
 *
 * The watch resumes after the last event or bookmark. It lists again when the API server no longer has what follows, and now and then to
 * find what a watch has lost. A list that equals what was delivered comes as a `change` without events.
 */
export function createObjectSource(
  kube: Kubernetes,
  options: ObjectSourceOptions,
  deps: ObjectSourceDeps,
): ObjectSource {
  const { name, query, pageSize } = options;
  const counts = { lists: 0, watches: 0 };
  const timing = { ...standardTiming, ...options.timing };
  const parts = { ...deps, log: deps.log.child({ source: name }), kube, query, pageSize, timing, counts };
  return { name, counts, run: (sink, signal) => run(parts, sink, signal) };
}

interface Running extends ObjectSourceDeps {
  readonly kube: Kubernetes;
  readonly query: ObjectQuery;
  readonly pageSize: number | undefined;
  readonly timing: ObjectTiming;
  readonly counts: { lists: number; watches: number };
}

async function run(parts: Running, sink: ObjectSink, signal: AbortSignal): Promise<void> {
  const { kube, query, pageSize, timing, counts, clock, random, log } = parts;
  const known = createKnownObjects(sink);
  const report = createReporter(sink, signal);
  let failures = 0;
  let relistAt = -Infinity;

  async function rest(error: Error): Promise<void> {
    failures += 1;
    const asked = error instanceof KubeError ? (error.traits.retryAfter ?? 0) : 0;
    const retryInMs = Math.max(asked, backoffDelay(failures, timing.backoff, random()));
    report({ kind: 'waiting', endpoint: kube.server, error, retryInMs });
    await clock.sleep(retryInMs, signal);
  }

  /** False when the API server did not answer. */
  async function list(): Promise<boolean> {
    report({ kind: 'listing', endpoint: kube.server });
    try {
      known.replace(await kube.list(query, { pageSize, signal }));
      counts.lists += 1;
      relistAt = clock.now() + timing.relistEvery * (2 / 3 + (2 / 3) * random());
      return true;
    } catch (error) {
      if (!signal.aborted) await rest(errorOf(error, `list ${describeQuery(query)}`, kube.server));
      return false;
    }
  }

  while (!signal.aborted) {
    if ((known.resourceVersion === undefined || clock.now() >= relistAt) && !(await list())) continue;
    const openedAt = clock.now();
    const end = await watchOnce(
      parts,
      known,
      () => {
        report({ kind: 'live', endpoint: kube.server });
      },
      signal,
    );
    if (clock.now() - openedAt >= timing.lasting) failures = 0;
    else if (end.kind === 'ended') await rest(new KubeError('KUBE_ANSWER', `${kube.server} ended the watch at once`));
    if (end.kind === 'failed') await rest(end.error);
    if (end.kind !== 'expired') continue;
    log.info({ reason: end.why }, 'listing again');
    known.forget();
    // If a list is already stale when its watch opens, this delay prevents one list after another.
    failures += 1;
    await clock.sleep(backoffDelay(failures, timing.backoff, random()), signal);
  }
}

function watchOnce(
  { kube, query, timing, counts, random }: Running,
  known: KnownObjects,
  onOpened: () => void,
  signal: AbortSignal,
): Promise<WatchEnd> {
  const { resourceVersion } = known;
  if (resourceVersion === undefined) return Promise.resolve({ kind: 'aborted' });
  // At least one second: for 0, the API server chooses a time of its own.
  const seconds = Math.max(1, Math.round(timing.watchSeconds * (3 / 4 + random() / 2)));
  return kube.watch(
    { query, resourceVersion, seconds, grace: timing.grace },
    {
      opened() {
        counts.watches += 1;
        onOpened();
      },
      events(events, version) {
        known.apply(events, version);
      },
      bookmark(version) {
        known.advance(version);
      },
    },
    signal,
  );
}

function createReporter(sink: ObjectSink, signal: AbortSignal): (next: SourceState) => void {
  let last: SourceState | undefined;
  return (next) => {
    if (signal.aborted) return;
    const isSame = next.kind !== 'waiting' && last?.kind === next.kind;
    last = next;
    if (!isSame) sink.state(next);
  };
}

function errorOf(thrown: unknown, doing: string, server: string): Error {
  return thrown instanceof RollcallError ? thrown : explainBreak({ doing, server }, thrown, { connected: true });
}
