import { refuse } from '../values.js';
import { joinEndpoint } from './endpoint.js';
import { defineWriter } from './writer.js';

/** What kitex takes for a weight that is not above zero, and writes when it was given none. */
const usualWeight = 10;

/**
 * `{"network","address","weight","tags"}`, without brackets around IPv6 addresses in key and value. The address is the id, so there is
 * no other one; metadata is called tags.
 */
export const kitex = defineWriter({
  name: 'kitex',
  prefix: 'kitex/registry-etcd/',
  statuses: ['passing'],
  encode({ id, address, port, weight = usualWeight, metadata }) {
    const bare = `${address}:${port}`;
    if (id !== joinEndpoint({ scheme: '', address, port }))
      return refuse('not-recognised', 'kitex has no place for this id: it is the address and the port');
    const tags = Object.keys(metadata).length === 0 ? null : metadata;
    return { id: bare, value: JSON.stringify({ network: 'tcp', address: bare, weight, tags }) };
  },
  restore(instance) {
    const { id, address, host, port } = instance;
    return id === `${address}:${port}` ? { ...instance, id: `${host}:${port}` } : instance;
  },
});
