import type { Config } from '../config/schema.js';
import { createRoll } from '../controller/roll.js';
import { createEtcd } from '../etcd/client.js';
import { connectionFrom } from '../etcd/environment.js';
import { createPrefixSource } from '../etcd/source.js';
import { RollcallError } from '../model/errors.js';
import type { Snapshot } from '../model/snapshot.js';
import type { Surroundings } from './surroundings.js';
import { createRollSource } from './sources.js';

/**
 * What etcd holds now: every source of the config, listed once. Nothing is written anywhere.
 *
 * @param timeout milliseconds
 * @throws RollcallError when a source has not been listed by then, with what etcd said last
 */
export async function takeRoll(config: Config, surroundings: Surroundings, timeout: number): Promise<Snapshot> {
  const { clock, log, env } = surroundings;
  const etcd = createEtcd(connectionFrom(config.etcd, env), surroundings);
  const done = new AbortController();
  let latest: Snapshot = { sources: [], stale: false };
  const roll = createRoll({
    sources: config.sources.map((source) => createRollSource(source, undefined, log)),
    restored: [],
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
    const complete = done.signal.aborted;
    done.abort();
    await Promise.all(running);
    if (complete) return latest;
  } finally {
    etcd.close();
  }
  const missing = config.sources.filter(({ name }) => !latest.sources.some(({ source }) => source === name));
  const why = missing.map(({ name }) => {
    const state = roll.states.get(name);
    return `source ${name}: ${state?.kind === 'waiting' ? state.error.message : 'cannot be read'}`;
  });
  throw new RollcallError('ETCD_UNREACHABLE', `not listed within ${timeout} ms: ${why.join('; ')}`);
}
