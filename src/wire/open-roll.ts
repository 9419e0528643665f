import type { Config } from '../config/schema.js';
import { createRoll } from '../controller/roll.js';
import { createEtcd } from '../etcd/client.js';
import { connectionFrom } from '../etcd/environment.js';
import { createPrefixSource } from '../etcd/source.js';
import type { Batch } from '../model/entry.js';
import type { Snapshot } from '../model/snapshot.js';
import type { SourceState } from '../ports.js';
import { peekDecisions } from '../state/decisions.js';
import { createRollSource } from './sources.js';
import type { Surroundings } from './surroundings.js';

export interface RollHandlers {
  /** After every batch, with the sources that have been listed by then. */
  publish(snapshot: Snapshot): void;
  /** What a prefix holds cannot be read as it is configured. */
  unreadable(error: Error): void;
  state?(source: string, state: SourceState): void;
}

export interface OpenRoll {
  /** Resolves when `signal` has aborted and the connection is closed. To be called once. */
  run(signal: AbortSignal): Promise<void>;
}

/**
 * The roll as `run` takes it, by the formats that `run` has decided on, for those who only look: nothing is written anywhere, and
 * the last good snapshot is not used.
 *
 * @throws RollcallError when the connection's settings make no sense
 */
export function openRoll(config: Config, surroundings: Surroundings, handlers: RollHandlers): OpenRoll {
  const { clock, log, env } = surroundings;
  const etcd = createEtcd(connectionFrom(config.etcd, env), surroundings);
  const decisions = peekDecisions(config.stateDir);
  const roll = createRoll({
    sources: config.sources.map((source) => {
      const rollSource = createRollSource(source, decisions, log);
      return {
        name: source.name,
        open(entries) {
          try {
            return rollSource.open(entries);
          } catch (error) {
            if (error instanceof Error) handlers.unreadable(error);
            throw error;
          }
        },
      };
    }),
    restored: () => [],
    clock,
    log,
    publish: (snapshot) => {
      handlers.publish(snapshot);
    },
  });
  return {
    async run(signal) {
      const running = config.sources.map(({ name, prefix }) => {
        const taking = roll.sink(name);
        const sink = {
          batch: (batch: Batch) => {
            taking.batch(batch);
          },
          state(next: SourceState) {
            taking.state(next);
            handlers.state?.(name, next);
          },
        };
        return createPrefixSource(etcd, { name, prefix }, surroundings).run(sink, signal);
      });
      try {
        await Promise.all(running);
      } finally {
        etcd.close();
      }
    },
  };
}
