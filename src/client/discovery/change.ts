import { changesOfServices, type InstanceUpdate } from '../../model/changes.js';
import type { Instance, Service } from '../../model/instance.js';

/** The difference between two states of a live set. At least one of the lists is not empty. */
export interface SetChange {
  readonly added: readonly Instance[];
  readonly removed: readonly Instance[];
  /** Registrations whose fields have changed. */
  readonly updated: readonly InstanceUpdate[];
  /** The revision of etcd after the change, decimal. */
  readonly revision: string;
}

/** The state of a live set at one revision. */
export interface LiveSetState {
  readonly services: ReadonlyMap<string, Service>;
  readonly revision: string;
}

/** The difference between two states. Undefined when no instance differs. */
export function changeBetween(before: LiveSetState, after: LiveSetState): SetChange | undefined {
  const changes = changesOfServices(before.services, after.services);
  if (changes.length === 0) return undefined;
  return {
    added: changes.flatMap((change) => (change.type === 'added' ? [change.instance] : [])),
    removed: changes.flatMap((change) => (change.type === 'removed' ? [change.instance] : [])),
    updated: changes.flatMap((change) => (change.type === 'updated' ? [updateOf(change)] : [])),
    revision: after.revision,
  };
}

function updateOf({ before, instance, fields }: InstanceUpdate): InstanceUpdate {
  return { before, instance, fields };
}
