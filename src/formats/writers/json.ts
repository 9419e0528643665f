import { defineWriter } from './writer.js';

/** A JSON object. Each field has the first of its default names; fields without a value are left out. */
export const json = defineWriter({
  name: 'json',
  prefix: '/services/',
  statuses: ['passing', 'draining', 'critical'],
  encode: ({ service, id, address, port, weight, scheme, zone, version, tags, metadata, status }) => ({
    id,
    value: JSON.stringify({
      service,
      address,
      port,
      weight,
      scheme: scheme || undefined,
      zone: zone || undefined,
      version: version || undefined,
      tags: tags.length === 0 ? undefined : tags,
      metadata: Object.keys(metadata).length === 0 ? undefined : metadata,
      status: status === 'passing' ? undefined : status,
    }),
  }),
});
