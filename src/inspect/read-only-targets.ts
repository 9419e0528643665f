import { otherConnection } from '../build/connection.js';
import type { Prepared } from '../build/prepare.js';
import { createManagedTarget } from '../build/targets.js';
import type { ManagedTarget } from '../controller/managed-target.js';
import { createEtcd } from '../etcd/client.js';
import { connectionFrom } from '../etcd/environment.js';
import type { Runtime } from '../ports.js';
import { readJournal, type ReadOnlyJournal } from '../state/journal.js';
import { scratchOf } from '../state/places.js';

/** A target's part, only to be looked with: nothing that writes may be called on it. */
export interface ReadOnlyTarget {
  readonly part: ManagedTarget;
  readonly journal: ReadOnlyJournal;
}

/**
 * The parts of a config beside a running process: no lock is taken, and the journals are as they are now. An etcd is connected to
 * when it is first asked.
 *
 * @param look what is done with them; their connections end with it
 */
export async function withReadOnlyTargets<T>(
  prepared: Prepared,
  runtime: Runtime,
  look: (parts: readonly ReadOnlyTarget[]) => Promise<T> | T,
): Promise<T> {
  const { config } = prepared.loaded;
  const main = createEtcd(connectionFrom(config.etcd, runtime.env), runtime);
  const connections = [main];
  try {
    const targets: ReadOnlyTarget[] = [];
    for (const target of config.targets) {
      const journal = await readJournal(config.stateDir, target.name);
      const part = await createManagedTarget({
        prepared,
        config: target,
        store: {
          journal: () => Promise.resolve(journal),
          scratch: (name) => scratchOf(config.stateDir, name),
        },
        connect(block) {
          if (!block) return main;
          const other = createEtcd(otherConnection(block, runtime.env), runtime);
          connections.push(other);
          return other;
        },
        runtime,
      });
      targets.push({ part, journal });
    }
    return await look(targets);
  } finally {
    for (const connection of connections) connection.close();
  }
}
