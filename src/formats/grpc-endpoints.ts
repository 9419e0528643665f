import { z } from 'zod';
import { splitEndpoint } from '../model/endpoint.js';
import type { Decoded, Fragment, Refusal } from '../model/format.js';
import { readNames } from './fields.js';
import type { ServiceKey } from './keys/locate.js';
import { defineFormat } from './kind.js';
import { portOption } from './options.js';
import { parseObject } from './record.js';
import { readLabels, refuse } from './values.js';

const options = z.strictObject({ defaultPort: portOption });
const read = readNames({ op: ['Op'], address: ['Addr'], metadata: ['Metadata'] });

/** etcd's client/v3/naming/endpoints, which gRPC resolvers read: `<target>/<any text>`. */
export const grpcEndpoints = defineFormat({
  options,
  keys: { patterns: ['<service...>/<id>'] },
  create: ({ defaultPort }, { keys }) => ({
    name: 'grpc-endpoints',
    decode({ key, value }) {
      const record = parseObject(value);
      if ('rejected' in record) return record;
      const values = read(record.object);
      // etcd's library never stores another operation. Its old readers treat one as a removal.
      if (values.op !== undefined && values.op !== 0) return refuse('not-recognised', 'the operation is not 0 (add)');
      const { address = '' } = values;
      if (typeof address !== 'string') return refuse('bad-address', 'the address is not text');
      const located = keys.locate(key);
      return 'rejected' in located ? located : decodeAddress(located, address, values.metadata, defaultPort);
    },
  }),
});

function decodeAddress(
  { service, id }: ServiceKey,
  text: string,
  metadata: unknown,
  defaultPort: number | undefined,
): Decoded {
  if (text.includes('://')) return refuse('bad-address', 'the address is a gRPC target or a URL, not host:port');
  const endpoint = splitEndpoint(text);
  if ('rejected' in endpoint) return endpoint;
  const labels = readMetadata(metadata);
  if ('rejected' in labels) return labels;
  return { fragments: [{ service, id, address: endpoint.host, port: endpoint.port ?? defaultPort, ...labels }] };
}

/** Metadata may be any JSON value. A value that is not an object becomes the metadata `_`. */
function readMetadata(metadata: unknown): Pick<Fragment, 'tags' | 'metadata'> | Refusal {
  const isNamed = metadata === undefined || (typeof metadata === 'object' && !Array.isArray(metadata));
  return readLabels(undefined, isNamed ? metadata : { _: metadata });
}
