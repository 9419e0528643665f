import { fieldsOf } from '../model/errors.js';
import type { Log } from '../ports/runtime.js';
import type { Store } from '../state/store.js';
import type { Guards } from './guards.js';

/**
 * Forgets what the views of removed targets had that etcd has not: the holds of the guard and the withheld services, in memory and in the state
 * directory. If the config names such a target again later, it begins without them. The journals stay: they say which outputs were left in place. Never rejects: a failure is
 * logged, and the targets go on.
 *
 * No pass of these targets may run during the call or later.
 */
export async function forgetTargets(
  { store, guards }: { readonly store: Pick<Store, 'forgetViews'>; readonly guards: Pick<Guards, 'forget'> },
  targets: readonly string[],
  log: Log,
): Promise<void> {
  for (const target of targets) guards.forget(target);
  try {
    await store.forgetViews(targets);
  } catch (error) {
    log.error(
      { targets, ...fieldsOf(error) },
      'the state of targets that are no longer in the config could not be removed from stateDir',
    );
  }
}
