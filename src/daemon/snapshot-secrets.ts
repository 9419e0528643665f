import type { Prepared } from '../build/prepare.js';
import { secretSourcesOf } from '../config/target-inputs.js';
import { fieldsOf } from '../model/errors.js';
import type { Snapshot } from '../model/snapshot.js';
import type { Log } from '../ports/runtime.js';
import type { Store } from '../state/store.js';

/**
 * Leaves secret sources out of the last good snapshot: no file that outlives a transaction may hold secrets. So a target of a secret
 * source is not made while etcd does not answer after a start.
 */
export function withoutSecrets(snapshot: Snapshot, { loaded }: Prepared): Snapshot {
  const secret = secretSourcesOf(loaded.config);
  if (secret.size === 0) return snapshot;
  return { ...snapshot, sources: snapshot.sources.filter(({ source }) => !secret.has(source)) };
}

/**
 * Removes the sources that are secret now from the last good snapshot on disk. Never rejects: a failure, such as a full disk, is logged,
 * and the targets go on.
 */
export async function forgetSecrets(store: Pick<Store, 'snapshot'>, prepared: Prepared, log: Log): Promise<void> {
  if (secretSourcesOf(prepared.loaded.config).size === 0) return;
  try {
    const saved = store.snapshot.load();
    if (!saved) return;
    const kept = withoutSecrets(saved, prepared);
    if (kept.sources.length < saved.sources.length) await store.snapshot.save(kept);
  } catch (error) {
    log.error(fieldsOf(error), 'secret sources could not be removed from the last good snapshot in stateDir');
  }
}
