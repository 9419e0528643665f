import type { Prepared } from '../build/prepare.js';
import type { Outcome } from '../controller/managed-target.js';
import type { ClusterAccess } from '../kubernetes/access.js';
import type { Runtime } from '../ports/runtime.js';
import { createEventFeed } from './event-feed.js';
import type { Generation } from './generation.js';
import { createObjectEvents } from './object-events.js';
import { createOutcomeEvents } from './outcome-events.js';

export interface ProcessEventsDeps {
  readonly runtime: Runtime;
  readonly current: () => Generation;
  readonly clusterOf: (prepared: Prepared) => ClusterAccess;
}

/** The events of this process, and the events that it writes on the objects of the cluster. */
export interface ProcessEvents {
  readonly feed: ReturnType<typeof createEventFeed>;
  /** Tells what a pass has done. */
  outcome(target: string, outcome: Outcome): void;
  /** Forgets all targets but these. */
  keep(targets: ReadonlySet<string>): void;
  /** Waits for the events on objects that are on their way. */
  close(): Promise<void>;
}

export function createProcessEvents({ runtime, current, clusterOf }: ProcessEventsDeps): ProcessEvents {
  const feed = createEventFeed(runtime.clock);
  const outcomes = createOutcomeEvents();
  const onObjects = createObjectEvents({
    runtime,
    cluster() {
      const { prepared } = current();
      return prepared.loaded.config.kubernetes.events ? clusterOf(prepared) : undefined;
    },
  });
  return {
    feed,
    outcome(target, outcome) {
      for (const event of outcomes.of(target, outcome)) feed.emit(event);
      const built = current().targets.get(target);
      // The leader tells what happens to the objects.
      if (built && outcome.result !== 'standby') onObjects.record(target, built.managed.target, outcome);
    },
    keep(targets) {
      outcomes.keep(targets);
    },
    close: () => onObjects.close(),
  };
}
