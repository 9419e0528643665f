import * as z from 'zod';
import { formatSchema } from '../formats/schema.js';
import { isCidr } from '../model/addresses.js';
import { name } from './name.js';

const some = z.array(z.string()).min(1).exactOptional();

/** `where` of a source, `select` of a target. Every key that is given must match; of a list, one value is enough. */
export const filterSchema = z.strictObject({
  services: some.describe('Names; `*` stands for any run of characters.'),
  tags: some.describe('All of these must be there.'),
  status: z
    .array(z.enum(['passing', 'draining', 'critical']))
    .min(1)
    .exactOptional(),
  zones: some,
  versions: some,
  schemes: some,
  metadata: z.record(z.string(), z.string()).exactOptional().describe('Keys and the values that they must have.'),
});

const cidrs = z
  .array(z.string().refine(isCidr, 'is no CIDR block such as 10.0.0.0/8 or fd00::/8'))
  .min(1)
  .exactOptional();

/** One item of `sources`. */
export const sourceSchema = z.strictObject({
  name,
  prefix: z.string(),
  format: formatSchema.prefault('auto'),
  where: filterSchema.exactOptional(),
  addresses: z.strictObject({ allow: cidrs, deny: cidrs }).exactOptional(),
  trustValue: z.boolean().default(false),
});
