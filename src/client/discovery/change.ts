import { changesOfServices, type InstanceUpdate } from '../../model/changes.js';
import type { Instance, Service } from '../../model/instance.js';

/** What became of a live set between two moments. At least one of the lists is not empty. */
export interface SetChange {
  readonly added: readonly Instance[];
  readonly removed: readonly Instance[];
  /** The same registrations with other words. */
  readonly updated: readonly InstanceUpdate[];
  /** Of etcd, decimal: the moment that this leads to. */
  readonly revision: string;
}

/** A live set at one moment. */
export interface LiveSetState {
  readonly services: ReadonlyMap<string, Service>;
  readonly revision: string;
}

/** What leads from one moment to another; undefined when no instance differs. */
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
