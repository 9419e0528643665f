import { z } from 'zod';
import { json } from './json.js';
import { defineFormat } from './kind.js';

/** easegress's EtcdServiceRegistry: `/services/<service>/<instance id>`. A weight of 0 means that the writer set none. */
export const easegress = defineFormat({
  options: z.strictObject({}),
  keys: { root: '/services/', patterns: ['<service>/<id>'] },
  create: (_, context) => {
    const options = json.options.parse({ fields: { service: 'serviceName' }, zeroWeight: 'unset' });
    return { ...json.create(options, context), name: 'easegress' };
  },
});
