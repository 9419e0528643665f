import { expect, onTestFinished } from 'vitest';
import type { Kubernetes } from '../../../src/kubernetes/client.js';
import {
  createObjectSource,
  type ObjectSource,
  type ObjectSourceOptions,
  type ObjectTiming,
} from '../../../src/kubernetes/watch/source.js';
import type { ObjectBatch } from '../../../src/kubernetes/watch/batch.js';
import type { SourceState } from '../../../src/ports/source.js';
import { realClock } from '../../support/clock.js';
import { memoryLog, type MemoryLog } from '../../support/log.js';
import { until } from '../../support/poll.js';
import type { ControlPlane } from './control-plane.js';

/** Short, so that a test finds a fault quickly. */
const fast: ObjectTiming = {
  watchSeconds: 2,
  grace: 500,
  backoff: { base: 20, cap: 200 },
  lasting: 500,
  relistEvery: 3_600_000,
};

export interface Following {
  readonly source: ObjectSource;
  readonly log: MemoryLog;
  /** The `data` of each object after all batches so far, as JSON. */
  readonly content: Map<string, string>;
  readonly batches: ObjectBatch[];
  readonly states: SourceState[];
  reaches(kind: SourceState['kind']): Promise<SourceState>;
  /** Waits until the content equals what another client reads. @param path of the objects */
  agrees(plane: ControlPlane, path: string): Promise<void>;
  stop(): Promise<void>;
}

/** Runs a source until the test is over. */
export function follow(kube: Kubernetes, options: Omit<ObjectSourceOptions, 'name'>): Following {
  const log = memoryLog();
  const timing = { ...fast, ...options.timing };
  const source = createObjectSource(
    kube,
    { name: 'test', ...options, timing },
    { clock: realClock, random: Math.random, log },
  );
  const content = new Map<string, string>();
  const batches: ObjectBatch[] = [];
  const states: SourceState[] = [];
  const controller = new AbortController();
  const sink = {
    batch(batch: ObjectBatch): void {
      batches.push(batch);
      if (batch.kind === 'sync') {
        content.clear();
        for (const object of batch.objects)
          content.set(`${object.metadata.namespace ?? ''}/${object.metadata.name}`, JSON.stringify(object.data));
      } else {
        for (const event of batch.events) {
          if (event.type === 'put') content.set(event.key, JSON.stringify(event.object.data));
          else content.delete(event.key);
        }
      }
    },
    state: (state: SourceState): void => void states.push(state),
  };
  const running = source.run(sink, controller.signal);
  const stop = async (): Promise<void> => {
    controller.abort();
    await running;
  };
  onTestFinished(stop);
  return {
    source,
    log,
    content,
    batches,
    states,
    reaches: (kind) =>
      until(() => (states.at(-1)?.kind === kind ? states.at(-1) : undefined), {
        deadline: 30_000,
        what: `state ${kind}`,
      }),
    async agrees(plane, path) {
      const { body } = await plane.api('GET', path);
      const { items } = body as { items: { metadata: { name: string; namespace: string }; data?: unknown }[] };
      const fresh = new Map(
        items.map(({ metadata, data }) => [`${metadata.namespace}/${metadata.name}`, JSON.stringify(data)]),
      );
      const isSame = (): boolean =>
        content.size === fresh.size && [...fresh].every(([key, data]) => content.get(key) === data);
      await until(isSame, { deadline: 30_000, what: `the content of ${path}` }).catch((error: unknown) => {
        // The difference is shown by this.
        expect(Object.fromEntries(content)).toEqual(Object.fromEntries(fresh));
        throw error;
      });
    },
    stop,
  };
}
