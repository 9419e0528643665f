import { z } from 'zod';
import { defineFormat } from './kind.js';

/** Any text: configuration that is no registration. */
export const raw = defineFormat({
  options: z.strictObject({}),
  create: () => ({
    name: 'raw',
    decode: ({ key, value }) => ({ pair: { key, value } }),
  }),
});
