import { expect, onTestFinished } from 'vitest';
import { connect, type ConnectOptions, type Instance, type LiveSet, type Registry } from '../../../src/index.js';
import { until } from '../../support/poll.js';

/** A registry that is closed after the test. */
export function open(options: ConnectOptions | { readonly endpoint: string }): Registry {
  const registry = connect('endpoint' in options ? { endpoints: [options.endpoint] } : options);
  onTestFinished(() => registry.close());
  return registry;
}

/** `web 192.0.2.1:80` of every instance. */
export function endpoints(set: { instances(): readonly Instance[] }): string[] {
  return set.instances().map(({ service, host, port }) => `${service} ${host}:${port}`);
}

/** The number of watches that etcd has open for its clients (a gauge, in spite of its name). */
export async function watchesOf({ endpoint }: { readonly endpoint: string }): Promise<number> {
  const text = await (await fetch(`${endpoint}/metrics`)).text();
  return Number(/^etcd_debugging_mvcc_watcher_total (\d+)$/m.exec(text)?.[1]);
}

export interface Recorder {
  /** The events in order: `+ a`, `- b`, `~ c weight`, `stale`, `live`. */
  readonly events: string[];
  /** Waits until the set has exactly these endpoints, and its events add up to them. */
  readonly hasEndpoints: (...wanted: string[]) => Promise<void>;
  /** Waits for an event. */
  readonly hasEvent: (line: string) => Promise<void>;
}

/** Records the events of a set, and checks that each change fits the changes before it. */
export function recordEvents(set: LiveSet): Recorder {
  const events: string[] = [];
  const known = new Map(set.instances().map((instance) => [instance.id, instance]));
  const faults: string[] = [];
  const check = (holds: boolean, fault: string): void => {
    if (!holds) faults.push(fault);
  };
  set.on('change', ({ added, removed, updated }) => {
    for (const instance of removed) {
      check(known.delete(instance.id), `removed ${instance.id}, which was not there`);
      events.push(`- ${instance.id}`);
    }
    for (const { before, instance, fields } of updated) {
      check(known.get(before.id) === before, `updated ${before.id}, which had another value`);
      known.delete(before.id);
      known.set(instance.id, instance);
      events.push(`~ ${instance.id} ${fields.join(' ')}`);
    }
    for (const instance of added) {
      check(!known.has(instance.id), `added ${instance.id} twice`);
      known.set(instance.id, instance);
      events.push(`+ ${instance.id}`);
    }
    check(
      set.instances().every((instance) => known.get(instance.id) === instance),
      'the set has an instance that no event added',
    );
    check(set.instances().length === known.size, 'the set lacks an instance that an event added');
  });
  set.on('stale', ({ since, error }) => {
    check(set.stale !== false && set.stale.since === since && set.stale.error === error, 'stale without being so');
    events.push('stale');
  });
  set.on('live', () => {
    check(set.stale === false, 'live while it is stale');
    events.push('live');
  });
  onTestFinished(() => {
    expect(faults).toEqual([]);
  });
  return {
    events,
    async hasEndpoints(...wanted) {
      const look = (): boolean => JSON.stringify(endpoints(set)) === JSON.stringify(wanted);
      await until(look, { deadline: 30_000 }).catch((error: unknown) => {
        expect(endpoints(set)).toEqual(wanted);
        throw error;
      });
    },
    async hasEvent(line) {
      await until(() => events.includes(line), { deadline: 30_000, what: `${line} in ${JSON.stringify(events)}` });
    },
  };
}
