import type { ManagedTarget } from '../controller/managed-target.js';
import { createEtcd } from '../etcd/client.js';
import { connectionFrom } from '../etcd/environment.js';
import { readJournal, type ReadOnlyJournal } from '../state/journal.js';
import { scratchDirectory } from '../state/state-paths.js';
import { createParts } from '../build/targets.js';
import type { Prepared } from '../build/prepare.js';
import type { Runtime } from '../ports.js';

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
  const journals = new Map<string, ReadOnlyJournal>();
  const journalOf = async (target: string): Promise<ReadOnlyJournal> => {
    const journal = journals.get(target) ?? (await readJournal(config.stateDir, target));
    journals.set(target, journal);
    return journal;
  };
  try {
    const store = {
      journal: journalOf,
      scratch: (target: string) => scratchDirectory(config.stateDir, target),
    };
    const parts = await createParts({ prepared, store, main, connections, runtime });
    const peeked: ReadOnlyTarget[] = [];
    for (const part of parts) peeked.push({ part, journal: await journalOf(part.name) });
    return await look(peeked);
  } finally {
    for (const connection of connections) connection.close();
  }
}
