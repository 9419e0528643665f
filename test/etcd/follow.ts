import { expect, onTestFinished } from 'vitest';
import { createEtcd, type Etcd } from '../../src/etcd/client.js';
import type { EtcdOptions } from '../../src/etcd/options.js';
import { createPrefixSource, type PrefixSource } from '../../src/etcd/watch/source.js';
import type { PrefixSourceOptions } from '../../src/etcd/watch/source-options.js';
import type { Batch } from '../../src/model/entry.js';
import type { SourceState } from '../../src/ports/source.js';
import { realClock } from '../support/clock.js';
import type { EtcdServer } from '../support/etcd.js';
import { memoryLog, type MemoryLog } from '../support/log.js';
import { until } from '../support/poll.js';
import { startProxy, type Proxy } from '../support/proxy.js';

/** Short, so that a test finds a fault quickly. */
export const fast = {
  created: 1500,
  ask: 150,
  silence: 600,
  backoff: { base: 20, cap: 200 },
  compareEvery: 3_600_000,
  settle: 200,
};

/** How long a healthy server may take on a loaded machine. Milliseconds. */
const patience = 30_000;

/**
 * A client, closed after the test. For a connection under test it has short timeouts; for a server, where the test itself makes
 * calls, it has long ones.
 */
export function clientOf(options: EtcdOptions | EtcdServer): Etcd {
  const connection: EtcdOptions =
    'endpoints' in options ? options : { endpoints: [options.endpoint], callTimeout: patience, dialTimeout: patience };
  const etcd = createEtcd(
    { callTimeout: 2000, dialTimeout: 1000, ...connection },
    { clock: realClock, random: Math.random },
  );
  onTestFinished(() => {
    etcd.close();
  });
  return etcd;
}

export interface Following {
  readonly source: PrefixSource;
  readonly etcd: Etcd;
  readonly log: MemoryLog;
  /** The content after all batches so far. */
  readonly content: Map<string, string>;
  readonly batches: Batch[];
  readonly states: SourceState[];
  /** The last state. */
  readonly state: () => SourceState | undefined;
  /** Waits until the state is of that kind. */
  reaches(kind: SourceState['kind'], deadline?: number): Promise<SourceState>;
  /** Waits until the content equals a fresh list by another client. */
  agrees(server: EtcdServer, deadline?: number): Promise<void>;
  stop(): Promise<void>;
}

/** Runs a source until the test is over. */
export function follow(
  connection: EtcdOptions,
  options: Omit<PrefixSourceOptions, 'name'>,
  onBatch: (batch: Batch) => void = () => undefined,
): Following {
  const etcd = clientOf(connection);
  const log = memoryLog();
  const deps = { clock: realClock, random: Math.random, log };
  const prefix = 'prefix' in options.keys ? options.keys.prefix : options.keys.key;
  const source = createPrefixSource(etcd, { name: 'test', ...options, timing: { ...fast, ...options.timing } }, deps);
  const content = new Map<string, string>();
  const batches: Batch[] = [];
  const states: SourceState[] = [];
  const controller = new AbortController();

  const sink = {
    batch(batch: Batch): void {
      batches.push(batch);
      if (batch.kind === 'sync') {
        content.clear();
        for (const { key, value } of batch.entries) content.set(key, value);
      } else {
        for (const event of batch.events) {
          if (event.type === 'put') content.set(event.entry.key, event.entry.value);
          else content.delete(event.key);
        }
      }
      onBatch(batch);
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
    etcd,
    log,
    content,
    batches,
    states,
    state: () => states.at(-1),
    reaches: (kind, deadline = patience) =>
      until(() => (states.at(-1)?.kind === kind ? states.at(-1) : undefined), { deadline, what: `state ${kind}` }),
    async agrees(server, deadline = patience) {
      const fresh = await contentOf(server, prefix);
      await until(() => content.size === fresh.size && [...fresh].every(([key, value]) => content.get(key) === value), {
        deadline,
        what: `the content of ${prefix}`,
      }).catch((error: unknown) => {
        // Return the difference, so that a failure shows it.
        expect(Object.fromEntries(content)).toEqual(Object.fromEntries(fresh));
        throw error;
      });
    },
    stop,
  };
}

let prefixes = 0;

/** A prefix that no other test of the file uses. */
export function newPrefix(): string {
  return `/p${++prefixes}/`;
}

/** A source that is live behind a proxy. */
export async function liveBehindProxy(
  server: EtcdServer,
  options: Partial<Omit<PrefixSourceOptions, 'name'>> = {},
): Promise<{ proxy: Proxy; prefix: string; following: Following }> {
  const proxy = await startProxy(server.port);
  const prefix = newPrefix();
  const following = follow({ endpoints: [proxy.endpoint] }, { keys: { prefix }, ...options });
  await following.reaches('live');
  return { proxy, prefix, following };
}

/** Waits, for tests about time itself: the life of a token, a long silence. */
export async function elapse(ms: number): Promise<void> {
  const end = performance.now() + ms;
  await until(() => performance.now() >= end, { deadline: ms + 5000 });
}

/** The content of a prefix, read through etcd's JSON gateway and not through the code under test. */
async function contentOf(server: EtcdServer, prefix: string, token?: string): Promise<Map<string, string>> {
  const end = Buffer.from(prefix);
  end.writeUInt8((end.at(-1) ?? 0) + 1, end.length - 1);
  const range = { key: Buffer.from(prefix).toString('base64'), range_end: end.toString('base64') };
  const { kvs = [] } = (await server.api('kv/range', range, token)) as { kvs?: { key: string; value?: string }[] };
  const text = (base64 = ''): string => Buffer.from(base64, 'base64').toString();
  return new Map(kvs.map(({ key, value }) => [text(key), text(value)]));
}

/** Puts `count` keys `PREFIXn`, each in a revision of its own, several at a time. */
export async function putMany(etcd: Etcd, prefix: string, count: number, value: (n: number) => string): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const n = next++;
      await etcd.put(`${prefix}${n}`, value(n));
    }
  };
  await Promise.all(Array.from({ length: 64 }, worker));
}
