import type { Part } from '../controller/managed-target.js';
import { createEtcd } from '../etcd/client.js';
import { connectionFrom } from '../etcd/environment.js';
import { peekJournal, type PeekedJournal } from '../state/journal.js';
import { scratchOf } from '../state/places.js';
import { createParts } from '../build/targets.js';
import type { Prepared } from '../build/prepare.js';
import type { Runtime } from '../ports.js';

/** A target's part, only to be looked with: nothing that writes may be called on it. */
export interface PeekedPart {
  readonly part: Part;
  readonly journal: PeekedJournal;
}

/**
 * The parts of a config beside a running process: no lock is taken, and the journals are as they are now. An etcd is connected to
 * when it is first asked.
 *
 * @param look what is done with them; their connections end with it
 */
export async function peekParts<T>(
  prepared: Prepared,
  runtime: Runtime,
  look: (parts: readonly PeekedPart[]) => Promise<T> | T,
): Promise<T> {
  const { config } = prepared.loaded;
  const main = createEtcd(connectionFrom(config.etcd, runtime.env), runtime);
  const connections = [main];
  const journals = new Map<string, PeekedJournal>();
  const journalOf = async (target: string): Promise<PeekedJournal> => {
    const journal = journals.get(target) ?? (await peekJournal(config.stateDir, target));
    journals.set(target, journal);
    return journal;
  };
  try {
    const store = {
      journal: journalOf,
      scratch: (target: string) => scratchOf(config.stateDir, target),
    };
    const parts = await createParts({ prepared, store, main, connections, runtime });
    const peeked: PeekedPart[] = [];
    for (const part of parts) peeked.push({ part, journal: await journalOf(part.name) });
    return await look(peeked);
  } finally {
    for (const connection of connections) connection.close();
  }
}
