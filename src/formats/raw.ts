import { z } from 'zod';
import type { Format } from '../model/format.js';
import { defineFormat } from './kind.js';

/** Any text: configuration that is no registration. */
export const raw = defineFormat({
  options: z.strictObject({}),
  create: (): Format => ({
    name: 'raw',
    decode: ({ key, value }) => ({ pair: { key, value } }),
  }),
});
