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

/** Watches that etcd itself keeps for its clients (a gauge, in spite of its name). */
export async function watchesOf({ endpoint }: { readonly endpoint: string }): Promise<number> {
  const text = await (await fetch(`${endpoint}/metrics`)).text();
  return Number(/^etcd_debugging_mvcc_watcher_total (\d+)$/m.exec(text)?.[1]);
}

export interface Witness {
  /** What was told, in order: `+ a`, `- b`, `~ c weight`, `stale`, `live`. */
  readonly told: string[];
  /** Waits until the set is these endpoints, and has told all that leads there. */
  readonly sees: (...wanted: string[]) => Promise<void>;
  /** Waits for a line. */
  readonly hears: (line: string) => Promise<void>;
}

/** Listens to a set, and holds every change against what was told before: nothing twice, nothing that was never there. */
export function witness(set: LiveSet): Witness {
  const told: string[] = [];
  const known = new Map(set.instances().map((instance) => [instance.id, instance]));
  const faults: string[] = [];
  const check = (holds: boolean, fault: string): void => {
    if (!holds) faults.push(fault);
  };
  set.on('change', ({ added, removed, updated }) => {
    for (const instance of removed) {
      check(known.delete(instance.id), `removed ${instance.id}, which was not there`);
      told.push(`- ${instance.id}`);
    }
    for (const { before, instance, fields } of updated) {
      check(known.get(before.id) === before, `updated ${before.id}, which was not so`);
      known.delete(before.id);
      known.set(instance.id, instance);
      told.push(`~ ${instance.id} ${fields.join(' ')}`);
    }
    for (const instance of added) {
      check(!known.has(instance.id), `added ${instance.id} twice`);
      known.set(instance.id, instance);
      told.push(`+ ${instance.id}`);
    }
    check(
      set.instances().every((instance) => known.get(instance.id) === instance),
      'the set has what was not told',
    );
    check(set.instances().length === known.size, 'the set lacks what was told');
  });
  set.on('stale', ({ since, error }) => {
    check(set.stale !== false && set.stale.since === since && set.stale.error === error, 'stale without being so');
    told.push('stale');
  });
  set.on('live', () => {
    check(set.stale === false, 'live while it is stale');
    told.push('live');
  });
  onTestFinished(() => {
    expect(faults).toEqual([]);
  });
  return {
    told,
    async sees(...wanted) {
      const look = (): boolean => JSON.stringify(endpoints(set)) === JSON.stringify(wanted);
      await until(look, { deadline: 30_000 }).catch((error: unknown) => {
        expect(endpoints(set)).toEqual(wanted);
        throw error;
      });
    },
    async hears(line) {
      await until(() => told.includes(line), { deadline: 30_000, what: `${line} in ${JSON.stringify(told)}` });
    },
  };
}
