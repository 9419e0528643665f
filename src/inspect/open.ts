import type { Config } from '../config/schema.js';
import { createEtcd } from '../etcd/client.js';
import { connectionFrom } from '../etcd/environment.js';
import { readFormatDecisions, type FormatDecisions } from '../state/format-decisions.js';
import { watchSources, type SourceHandlers } from '../catalog/watch-sources.js';
import type { Runtime } from '../ports/runtime.js';

/** The sources of a config, ready to be watched. */
export interface OpenSources {
  /**
   * Call it once. Resolves when `signal` has aborted and the connection is closed.
   *
   * @throws RollcallError `STATE_UNREADABLE` when it is not known how `run` reads the sources
   */
  run(signal: AbortSignal): Promise<void>;
}

/** Whether the decisions in stateDir say how to read this source. */
export function needsDecision({ format }: Config['sources'][number]): boolean {
  return format.name === 'auto';
}

/**
 * The decisions of `run` for the sources of a config. Without a source that needs one, stateDir is not read.
 *
 * @throws RollcallError `STATE_UNREADABLE`.
 */
export async function readDecisionsOf({ sources, stateDir }: Config): Promise<Pick<FormatDecisions, 'get'>> {
  return sources.some(needsDecision) ? readFormatDecisions(stateDir) : { get: () => undefined };
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
        const decisions = await readDecisionsOf(config);
        await watchSources({ etcd, sources: config.sources, decisions }, runtime, handlers, signal);
      } finally {
        etcd.close();
      }
    },
  };
}
