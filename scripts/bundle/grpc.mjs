// The bundle takes this module in the place of @grpc/grpc-js: only the parts that a client needs. The index of the package also loads servers,
// ORCA, and the load balancers and resolvers of xDS.
// Its modules import each other in circles, which only resolve when the channel comes first.
import '@grpc/grpc-js/build/src/channel.js';
import { ChannelCredentials } from '@grpc/grpc-js/build/src/channel-credentials.js';
import * as pickFirst from '@grpc/grpc-js/build/src/load-balancer-pick-first.js';
import * as dns from '@grpc/grpc-js/build/src/resolver-dns.js';

export { Client } from '@grpc/grpc-js/build/src/client.js';
export { Metadata } from '@grpc/grpc-js/build/src/metadata.js';

const { createInsecure, createSsl } = ChannelCredentials;
export const credentials = { createInsecure, createSsl };

for (const { setup } of [dns, pickFirst]) setup();
