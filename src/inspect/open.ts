import type { Config } from '../config/schema.js';
import { createEtcd } from '../etcd/client.js';
import { connectionFrom } from '../etcd/environment.js';
import { peekDecisions } from '../state/decisions.js';
import { readSources, type RollHandlers } from '../catalog/watch-sources.js';
import type { Runtime } from '../ports.js';

export interface OpenRoll {
  /** Resolves when `signal` has aborted and the connection is closed. To be called once. */
  run(signal: AbortSignal): Promise<void>;
}

/**
 * The sources of a config, over a connection of their own, by the formats that `run` has decided on.
 *
 * @throws RollcallError when the connection's settings make no sense
 */
export function openRoll(config: Config, runtime: Runtime, handlers: RollHandlers): OpenRoll {
  const etcd = createEtcd(connectionFrom(config.etcd, runtime.env), runtime);
  return {
    async run(signal) {
      try {
        const decisions = await peekDecisions(config.stateDir);
        await readSources({ etcd, sources: config.sources, decisions }, runtime, handlers, signal);
      } finally {
        etcd.close();
      }
    },
  };
}
