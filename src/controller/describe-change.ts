import type { InstanceChange } from '../model/changes.js';
import type { Instance } from '../model/instance.js';
import { changesOfPairs, changesOfViews } from '../model/view-changes.js';
import type { View } from '../model/view.js';
import { listNames, nameEndpoint, nameInstance, shorten } from './names.js';

/** Two views of one target. `before` is undefined for the first one of a process. */
export interface ViewChange {
  readonly before: View | undefined;
  readonly after: View;
}

/** The log fields of a change. Lists that would be empty are absent. */
export interface ChangeFields {
  /** For the first view: its totals. */
  readonly services?: number;
  readonly instances?: number;
  /** For the first view: the number of raw keys. */
  readonly pairs?: number;
  /** Numbers of raw keys that came, went and changed. */
  readonly changedPairs?: { readonly came?: number; readonly went?: number; readonly changed?: number };
  /** Instances, as `service/id address:port`. */
  readonly came?: readonly string[];
  readonly went?: readonly string[];
  /** With the names of the fields that changed. A moved instance has both addresses. */
  readonly changed?: readonly string[];
}

/**
 * Names the instances that came, went and changed, and counts the changed raw keys. After a start, when there is no view to compare with,
 * it counts what there is.
 */
export function describeChange({ before, after }: ViewChange): ChangeFields {
  if (before === undefined) return describeTotals(after);
  const changes = changesOfViews(before, after);
  const { added, removed, updated } = changesOfPairs(before, after);
  const counts = { ...countOf('came', added), ...countOf('went', removed), ...countOf('changed', updated) };
  return {
    ...namesOf('came', changes, 'added'),
    ...namesOf('went', changes, 'removed'),
    ...namesOf('changed', changes, 'updated'),
    ...(Object.keys(counts).length > 0 && { changedPairs: counts }),
  };
}

/** The names of the raw keys that changed; undefined when none did. */
export function describeKeys({ before, after }: ViewChange): object | undefined {
  if (before === undefined) return undefined;
  const { added, removed, updated } = changesOfPairs(before, after);
  if (added.length + removed.length + updated.length === 0) return undefined;
  return { came: listNames(added, shorten), went: listNames(removed, shorten), changed: listNames(updated, shorten) };
}

function describeTotals({ services, kv }: View): ChangeFields {
  const instances = services.reduce((sum, service) => sum + service.instances.length, 0);
  return { services: services.length, instances, ...(kv.pairs.length > 0 && { pairs: kv.pairs.length }) };
}

function countOf(name: string, keys: readonly string[]): object {
  return keys.length > 0 ? { [name]: keys.length } : {};
}

function namesOf(field: string, changes: readonly InstanceChange[], type: InstanceChange['type']): object {
  const some = changes.filter((change) => change.type === type);
  return some.length === 0 ? {} : { [field]: listNames(some, nameChange) };
}

/** A moved instance has both endpoints; other changes are the names of the fields, because values may be confidential. */
function nameChange(change: InstanceChange): string {
  const name = nameInstance(change.instance);
  if (change.type !== 'updated') return name;
  const [old, now] = [nameEndpoint(change.before), nameEndpoint(change.instance)];
  const fields = change.fields.filter((field) => !addressed.has(field));
  return `${name}${old === now ? '' : `, before ${old}`}${fields.length > 0 ? ` (${fields.join(', ')})` : ''}`;
}

/** The fields that the two endpoints show. */
const addressed: ReadonlySet<keyof Instance> = new Set<keyof Instance>(['address', 'family', 'host', 'port']);
