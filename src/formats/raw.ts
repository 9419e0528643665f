import { z } from 'zod';
import { defineFormat } from './kind.js';

/** Any text. The keys are configuration, not registrations. */
export const raw = defineFormat({
  options: z.strictObject({}),
  create: () => ({
    name: 'raw',
    decode: ({ key, value }) => ({ pair: { key, value } }),
  }),
});
