import type { Config } from '../config/schema.js';
import { createRoll, type Roll } from '../controller/roll.js';
import { createEtcd } from '../etcd/client.js';
import { connectionFrom } from '../etcd/environment.js';
import { createPrefixSource } from '../etcd/source.js';
import { RollcallError } from '../model/errors.js';
import type { Snapshot } from '../model/snapshot.js';
import { peekDecisions } from '../state/decisions.js';
import type { Surroundings } from './surroundings.js';
import { createRollSource } from './sources.js';

/**
 * What etcd holds now: every source of the config, listed once, and read by the formats that `run` has decided on. Nothing
 * is written anywhere.
 *
 * @param timeout milliseconds
 * @throws RollcallError when a source cannot be read as it is configured, or has not been listed by then, with what etcd
 * said last
 */
export async function takeRoll(config: Config, surroundings: Surroundings, timeout: number): Promise<Snapshot> {
  const { clock, log, env } = surroundings;
  const etcd = createEtcd(connectionFrom(config.etcd, env), surroundings);
  const done = new AbortController();
  let latest: Snapshot = { sources: [], stale: false };
  const unreadable: Error[] = [];
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
            if (error instanceof Error) unreadable.push(error);
            done.abort();
            throw error;
          }
        },
      };
    }),
    restored: () => [],
    clock,
    log,
    publish(snapshot) {
      latest = snapshot;
      if (snapshot.sources.length === config.sources.length) done.abort();
    },
  });
  try {
    const running = config.sources.map(({ name, prefix }) =>
      createPrefixSource(etcd, { name, prefix }, surroundings).run(roll.sink(name), done.signal),
    );
    await clock.sleep(timeout, done.signal);
    done.abort();
    await Promise.all(running);
  } finally {
    etcd.close();
  }
  if (unreadable[0]) throw unreadable[0];
  const missing = config.sources.filter(({ name }) => !latest.sources.some(({ source }) => source === name));
  if (missing.length === 0) return latest;
  throw explain(missing, roll.states, timeout);
}

/** With the code and the hint of the first one: the others mostly lack the same. */
function explain(missing: Config['sources'], states: Roll['states'], timeout: number): RollcallError {
  const errors = missing.flatMap(({ name }) => {
    const state = states.get(name);
    return state?.kind === 'waiting' ? [state.error] : [];
  });
  const known = errors.find((error) => error instanceof RollcallError);
  const names = missing.map(({ name }) => name).join(', ');
  const why = [...new Set(errors.map(({ message }) => message))].join('; ') || 'etcd did not answer';
  return new RollcallError(
    known?.code ?? 'ETCD_UNREACHABLE',
    `source ${names}: not listed within ${timeout} ms: ${why}`,
    {
      ...(known && { hint: known.hint, cause: known }),
    },
  );
}
