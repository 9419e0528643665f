import { createConnect } from '../build/connection.js';
import type { Prepared } from '../build/prepare.js';
import { createReadOnlyTarget, type ReadOnlyTarget } from '../build/targets.js';
import { createEtcd } from '../etcd/client.js';
import { connectionFrom } from '../etcd/environment.js';
import { createGuardClock } from '../controller/guard-clock.js';
import { createGuard } from '../guard/guard.js';
import { openCluster } from '../kubernetes/access.js';
import type { Runtime } from '../ports/runtime.js';
import { readJournal, type ReadOnlyJournal } from '../state/journal.js';
import { readHolds, readLastGood } from '../state/read-guard.js';
import { scratchDirectory } from '../state/state-paths.js';

/** A target that can only read, and its journal as it is now. */
export interface InspectedTarget extends ReadOnlyTarget {
  readonly journal: ReadOnlyJournal;
}

/**
 * Opens the targets of a config for reading, also beside a running process: it takes no lock, and reads the journals as they
 * are now. A connection to etcd opens at its first call.
 *
 * @param look receives the targets. The connections are closed when it has ended.
 */
export async function withReadOnlyTargets<T>(
  prepared: Prepared,
  runtime: Runtime,
  look: (targets: readonly InspectedTarget[]) => Promise<T> | T,
): Promise<T> {
  const { config } = prepared.loaded;
  const main = createEtcd(connectionFrom(config.etcd, runtime.env), runtime);
  const connections = [main];
  const connect = createConnect(main, connections, runtime);
  const cluster = openCluster(config.kubernetes, runtime);
  try {
    const targets: InspectedTarget[] = [];
    const lastGood = await readLastGood(config.stateDir);
    for (const target of config.targets) {
      const journal = await readJournal(config.stateDir, target.name);
      const scratch = scratchDirectory(config.stateDir, target.name);
      const holds = await readHolds(config.stateDir, target.name);
      const { moment, fromDisk } = createGuardClock(runtime.clock);
      const guard = { ...createGuard(holds && fromDisk(holds), moment()), save: () => Promise.resolve() };
      const options = { prepared, config: target, scratch, journal, guard, lastGood: () => lastGood, connect };
      targets.push({ ...(await createReadOnlyTarget({ ...options, cluster, runtime })), journal });
    }
    return await look(targets);
  } finally {
    for (const connection of connections) connection.close();
    cluster.close();
  }
}
