import { refuse } from '../values.js';
import { joinEndpoint } from './endpoint.js';
import { defineWriter } from './writer.js';

/**
 * `{"id","name","version","metadata","endpoints"}` with one endpoint. Its clients choose endpoints by their scheme (`grpc`, `http`),
 * so there must be one. The weight stands in the metadata, where readers see it too.
 */
export const kratos = defineWriter({
  name: 'kratos',
  prefix: '/microservices/',
  statuses: ['passing'],
  encode(registration) {
    const { service, id, version, weight, metadata, scheme } = registration;
    if (scheme === '') return refuse('not-recognised', 'kratos needs a scheme, such as grpc or http');
    const about = weight === undefined ? metadata : { ...metadata, weight: String(weight) };
    const endpoints = [joinEndpoint(registration)];
    return { id, value: JSON.stringify({ id, name: service, version, metadata: about, endpoints }) };
  },
  restore(instance) {
    const { weight: _said, ...metadata } = instance.metadata;
    return { ...instance, metadata };
  },
});
