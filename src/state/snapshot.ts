import { z } from 'zod';
import type { Instance, Service } from '../model/instance.js';
import type { Snapshot, SourceSnapshot } from '../model/snapshot.js';
import type { Log } from '../ports.js';
import { createDrawer } from './drawer.js';
import type { Folder } from './folder.js';

const text = z.string();
const texts = z.array(text);

const instance = z
  .strictObject({
    id: text,
    service: text,
    source: text,
    key: text,
    address: text,
    family: z.enum(['ipv4', 'ipv6', 'name']),
    host: text,
    port: z.int(),
    weight: z.int(),
    scheme: text,
    zone: text,
    version: text,
    tags: texts.transform((tags) => Object.freeze(tags)),
    metadata: z.array(z.tuple([text, text])).transform(reviveMetadata),
    status: z.enum(['passing', 'draining', 'critical']),
    held: z.boolean(),
  })
  .transform((value): Instance => Object.freeze(value));

const service = z
  .strictObject({
    name: text,
    instances: z.array(instance).transform((instances) => Object.freeze(instances)),
    expected: z.boolean(),
  })
  .transform((value): Service => Object.freeze(value));

const source = z.strictObject({
  source: text,
  prefix: text,
  format: text,
  revision: text,
  clusterId: text,
  services: z.array(service).transform((services) => new Map(services.map((one) => [one.name, one]))),
  pairs: z.array(z.strictObject({ key: text, value: text }).transform((pair) => Object.freeze(pair))),
  rejected: z.array(z.strictObject({ source: text, key: text, code: text, reason: text })),
  counts: z.strictObject({ keys: z.int(), ignored: z.int(), filtered: z.int() }),
});

/** The last good snapshot: what a start without etcd goes by. */
export interface SnapshotFile {
  /**
   * `stale` is true. It was read under the configuration of that time: compare each source's name, prefix and format
   * before it is used. Undefined when there is none to be trusted.
   */
  load(): Snapshot | undefined;
  /**
   * Durable when it resolves. While one is being written, only the newest of those that follow is kept.
   *
   * @throws RollcallError `STATE_UNWRITABLE`.
   */
  save(snapshot: Snapshot): Promise<void>;
}

export function createSnapshotFile(folder: Folder, log: Log): SnapshotFile {
  const drawer = createDrawer<Snapshot>({
    kind: 'snapshot',
    version: 1,
    folder,
    name: 'snapshot',
    log,
    revive: (body) => ({ sources: z.array(source).parse(body) as unknown as SourceSnapshot[], stale: true }),
    flatten: ({ sources }) => sources.map(flatten),
    loss: 'nothing is applied before etcd has answered',
  });
  let waiting: { snapshot: Snapshot; readonly done: Promise<void> } | undefined;
  let tail = Promise.resolve();
  return {
    load: () => drawer.load(),
    save(snapshot) {
      if (waiting) {
        waiting.snapshot = snapshot;
        return waiting.done;
      }
      const write = (): Promise<void> => {
        const newest = waiting?.snapshot ?? snapshot;
        waiting = undefined;
        return drawer.save(newest);
      };
      waiting = { snapshot, done: tail.then(write) };
      tail = waiting.done.catch(() => undefined);
      return waiting.done;
    },
  };
}

function flatten(snapshot: SourceSnapshot): unknown {
  const services = [...snapshot.services.values()].map((one) => ({
    ...one,
    instances: one.instances.map((each) => ({ ...each, metadata: Object.entries(each.metadata) })),
  }));
  return { ...snapshot, services };
}

function reviveMetadata(pairs: [string, string][]): Instance['metadata'] {
  const metadata = Object.create(null) as Record<string, string>;
  for (const [key, value] of pairs) metadata[key] = value;
  return Object.freeze(metadata);
}
