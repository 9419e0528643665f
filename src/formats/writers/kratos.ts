import { refuse } from '../values.js';
import { joinEndpoint } from './endpoint.js';
import { defineWriter } from './writer.js';

/**
 * `{"id","name","version","metadata","endpoints"}` with one endpoint. The scheme is required, because kratos clients choose endpoints by
 * scheme (`grpc`, `http`). The weight is an entry of the metadata.
 */
export const kratos = defineWriter({
  name: 'kratos',
  prefix: '/microservices/',
  statuses: ['passing'],
  encode(registration) {
    const { service, id, version, weight, metadata, scheme } = registration;
    if (scheme === '') return refuse('not-recognised', 'kratos needs a scheme, such as grpc or http');
    const withWeight = weight === undefined ? metadata : { ...metadata, weight: String(weight) };
    const endpoints = [joinEndpoint(registration)];
    return { id, value: JSON.stringify({ id, name: service, version, metadata: withWeight, endpoints }) };
  },
  restore(instance) {
    const { weight: _weight, ...metadata } = instance.metadata;
    return { ...instance, metadata };
  },
});
