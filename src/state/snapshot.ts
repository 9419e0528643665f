import { z } from 'zod';
import type { Rejection } from '../model/format.js';
import type { Instance, Service } from '../model/instance.js';
import type { Snapshot, SourceSnapshot } from '../model/snapshot.js';
import type { Log } from '../ports/runtime.js';
import { createStateFile } from './state-file.js';
import type { StateDirectory } from './state-directory.js';
import { snapshotParts } from './snapshot-text.js';
import { createSerialQueue } from './serial-queue.js';

const text = z.string();

/** An instance without the names of its service and source. */
export const instance = z.strictObject({
  id: text,
  key: text,
  address: text,
  family: z.enum(['ipv4', 'ipv6', 'name']).default('ipv4'),
  port: z.int(),
  weight: z.int().default(1),
  scheme: text.default(''),
  zone: text.default(''),
  version: text.default(''),
  tags: z.array(text).default([]),
  metadata: z.array(z.tuple([text, text])).default([]),
  status: z.enum(['passing', 'draining', 'critical']).default('passing'),
});

const service = z.strictObject({ name: text, instances: z.array(instance) });

const otherReading = z.strictObject({ format: text, service: text });

const source = z.strictObject({
  source: text,
  prefix: text,
  keys: text,
  filters: text,
  format: text,
  revision: text,
  clusterId: text,
  services: z.array(service),
  pairs: z.array(z.strictObject({ key: text, value: text }).transform((pair) => Object.freeze(pair))),
  rejected: z.array(
    z.strictObject({ source: text, key: text, code: text, reason: text, readAs: otherReading.optional() }),
  ),
  counts: z.strictObject({ keys: z.int(), ignored: z.int(), leaseless: z.int(), filtered: z.int() }),
});

/** The file with the last good snapshot, which a start without etcd uses. */
export interface SnapshotFile {
  /**
   * Returns the saved snapshot, with `stale: true`. The config may have changed since then: compare each source's name, prefix,
   * keys and format before using it. Undefined when there is no file that can be trusted.
   */
  load(): Snapshot | undefined;
  /**
   * Resolves when the snapshot, or a newer one, is durable. Of the snapshots that arrive during a write, only the newest is written.
   *
   * @throws RollcallError `STATE_UNWRITABLE`.
   */
  save(snapshot: Snapshot): Promise<void>;
}

export const snapshotName = 'snapshot';

export const snapshotFileOf = {
  kind: 'snapshot',
  version: 5,
  revive: (body: unknown): Snapshot => ({ sources: z.array(source).parse(body).map(reviveSource), stale: true }),
};

export function createSnapshotFile(directory: StateDirectory, log: Log): SnapshotFile {
  const file = createStateFile<Snapshot>({
    ...snapshotFileOf,
    ...{ directory, name: snapshotName, log },
    parts: snapshotParts,
    loss: 'nothing is applied before etcd has answered',
  });
  let waiting: { snapshot: Snapshot; readonly done: Promise<void> } | undefined;
  const enqueue = createSerialQueue();
  return {
    load: () => file.load(),
    save(snapshot) {
      if (waiting) {
        waiting.snapshot = snapshot;
        return waiting.done;
      }
      const write = (): Promise<void> => {
        const newest = waiting?.snapshot ?? snapshot;
        waiting = undefined;
        return file.save(newest);
      };
      waiting = { snapshot, done: enqueue(write) };
      return waiting.done;
    },
  };
}

function reviveSource({ services, rejected, ...rest }: z.infer<typeof source>): SourceSnapshot {
  const revived = services.map(({ name, instances }): [string, Service] => [
    name,
    Object.freeze({
      name,
      instances: Object.freeze(instances.map((each) => reviveInstance(each, name, rest.source))),
      expected: false,
    }),
  ]);
  // An unknown code from another version is shown like any other.
  return { ...rest, services: new Map(revived), rejected: rejected as Rejection[] };
}

export function reviveInstance(
  { id, key, address, family, tags, metadata, ...rest }: z.infer<typeof instance>,
  service: string,
  source: string,
): Instance {
  return Object.freeze({
    id,
    service,
    source,
    key,
    address,
    family,
    host: family === 'ipv6' ? `[${address}]` : address,
    ...rest,
    tags: Object.freeze(tags),
    metadata: reviveMetadata(metadata),
    held: false,
  });
}

function reviveMetadata(pairs: [string, string][]): Instance['metadata'] {
  const metadata = Object.create(null) as Record<string, string>;
  for (const [key, value] of pairs) metadata[key] = value;
  return Object.freeze(metadata);
}
