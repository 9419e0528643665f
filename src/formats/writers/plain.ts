import { joinEndpoint } from './endpoint.js';
import { defineWriter } from './writer.js';

/** `host:port`, or `scheme://host:port` when there is a scheme. */
export const plain = defineWriter({
  name: 'plain',
  prefix: '/services/',
  statuses: ['passing'],
  encode: (registration) => ({ id: registration.id, value: joinEndpoint(registration) }),
});
