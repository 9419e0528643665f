import type { Config } from '../config/schema.js';
import { createEtcd } from '../etcd/client.js';
import { connectionFrom } from '../etcd/environment.js';
import { readFormatDecisions } from '../state/format-decisions.js';
import { watchSources, type SourceHandlers } from '../catalog/watch-sources.js';
import type { Runtime } from '../ports.js';

export interface OpenSources {
  /** Resolves when `signal` has aborted and the connection is closed. To be called once. */
  run(signal: AbortSignal): Promise<void>;
}

/**
 * The sources of a config, over a connection of their own, by the formats that `run` has decided on.
 *
 * @throws RollcallError when the connection's settings make no sense
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
