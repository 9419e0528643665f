import type { Config } from '../config/schema.js';
import { createEtcd } from '../etcd/client.js';
import { connectionFrom } from '../etcd/environment.js';
import { readFormatDecisions } from '../state/format-decisions.js';
import { watchSources, type SourceHandlers } from '../catalog/watch-sources.js';
import type { Runtime } from '../ports.js';

/** The sources of a config, ready to be watched. */
export interface OpenSources {
  /** Call it once. Resolves when `signal` has aborted and the connection is closed. */
  run(signal: AbortSignal): Promise<void>;
}

/**
 * Opens the sources of a config over their own connection, in the formats that `run` has decided on.
 *
 * @throws RollcallError when the connection settings are wrong
 */
export function openSources(config: Config, runtime: Runtime, handlers: SourceHandlers): OpenSources {
  const etcd = createEtcd(connectionFrom(config.etcd, runtime.env), runtime);
  return {
    async run(signal) {
      try {
        const decisions = await readFormatDecisions(config.stateDir);
        await watchSources({ etcd, sources: config.sources, decisions }, runtime, handlers, signal);
      } finally {
        etcd.close();
      }
    },
  };
}
