import type { Entry, EntryEvent } from '../model/entry.js';
import type { KeySelector } from '../model/key-prefix.js';
import type { Condition, Etcd, Operation, RangeQuery } from './client.js';

/**
 * The same etcd, in which every key stands below a namespace: the keys that the caller gives and gets are without it, as those of etcd3's
 * `client.namespace`. Keys outside it cannot be reached. Messages of errors show whole keys, as the permissions of etcd do.
 *
 * @param namespace put in front of each key as it is: it usually ends in a slash. '' changes nothing.
 */
export function withinNamespace(etcd: Etcd, namespace: string): Etcd {
  if (namespace === '') return etcd;
  const whole = (key: string): string => namespace + key;
  const below = (key: string): string => key.slice(namespace.length);
  const selector = (keys: KeySelector): KeySelector =>
    'key' in keys ? { key: whole(keys.key) } : { prefix: whole(keys.prefix) };
  const entryOf = (entry: Entry): Entry => ({ ...entry, key: below(entry.key) });
  const eventOf = (event: EntryEvent): EntryEvent =>
    event.type === 'put' ? { ...event, entry: entryOf(event.entry) } : { ...event, key: below(event.key) };
  const conditionOf = (condition: Condition): Condition => ({ ...condition, key: whole(condition.key) });
  const operationOf = (operation: Operation): Operation =>
    'put' in operation
      ? { put: { ...operation.put, key: whole(operation.put.key) } }
      : { delete: { key: whole(operation.delete.key) } };

  return {
    ...etcd,
    // These two change while the client runs: a copy would not.
    get endpoint() {
      return etcd.endpoint;
    },
    endpoints: etcd.endpoints,
    async range(query, signal) {
      const { after } = query;
      const asked: RangeQuery = { ...query, ...selector(query), ...(after !== undefined && { after: whole(after) }) };
      const answer = await etcd.range(asked, signal);
      return { ...answer, entries: answer.entries.map(entryOf) };
    },
    put: (key, value, options, signal) => etcd.put(whole(key), value, options, signal),
    delete: (key, signal) => etcd.delete(whole(key), signal),
    txn: ({ conditions, operations }, signal) =>
      etcd.txn({ conditions: conditions.map(conditionOf), operations: operations.map(operationOf) }, signal),
    async timeToLive(lease, options) {
      const state = await etcd.timeToLive(lease, options);
      return state && { ...state, keys: state.keys.filter((key) => key.startsWith(namespace)).map(below) };
    },
    watch: (request, handlers, signal) =>
      etcd.watch(
        { ...request, keys: selector(request.keys) },
        {
          ...handlers,
          events(events, revision) {
            handlers.events(events.map(eventOf), revision);
          },
        },
        signal,
      ),
  };
}
