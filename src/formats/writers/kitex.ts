import { refuse } from '../values.js';
import { joinEndpoint } from './endpoint.js';
import { defineWriter } from './writer.js';

/** kitex writes this weight by default, and reads it in place of a weight that is not above 0. */
const defaultWeight = 10;

/**
 * `{"network","address","weight","tags"}`. IPv6 addresses have no brackets in key and value. The id is always `address:port`. The tags of
 * kitex are the metadata.
 */
export const kitex = defineWriter({
  name: 'kitex',
  prefix: 'kitex/registry-etcd/',
  statuses: ['passing'],
  encode({ id, address, port, weight = defaultWeight, metadata }) {
    const bare = `${address}:${port}`;
    if (id !== joinEndpoint({ scheme: '', address, port }))
      return refuse('not-recognised', 'kitex cannot store this id: its ids are always the address and the port');
    const tags = Object.keys(metadata).length === 0 ? null : metadata;
    return { id: bare, value: JSON.stringify({ network: 'tcp', address: bare, weight, tags }) };
  },
  restore(instance) {
    const { id, address, host, port } = instance;
    return id === `${address}:${port}` ? { ...instance, id: `${host}:${port}` } : instance;
  },
});
