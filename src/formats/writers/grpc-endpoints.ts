import { joinEndpoint } from './endpoint.js';
import { defineWriter } from './writer.js';

/**
 * `{"Op":0,"Addr":…,"Metadata":…}`, always with all three fields, as etcd's client/v3/naming/endpoints writes it. A gRPC client resolves
 * `etcd:///<prefix><service>`.
 */
export const grpc = defineWriter({
  name: 'grpc-endpoints',
  prefix: '',
  statuses: ['passing'],
  encode: ({ id, address, port, metadata }) => ({
    id,
    value: JSON.stringify({
      Op: 0,
      Addr: joinEndpoint({ scheme: '', address, port }),
      Metadata: Object.keys(metadata).length === 0 ? null : metadata,
    }),
  }),
});
