import * as z from 'zod';
import { duration } from '../model/duration-schema.js';

/** The `guard` block of a target. Its output is a `GuardPolicy`, or `off`. */
export const guardSchema = z.union([
  z.literal('off'),
  z.strictObject({
    maxDropPercent: z.int().min(0).max(100).default(50).meta({
      description:
        'The most that may leave a service or the target within `window`, in percent. More is held. It holds for the pairs of a raw source too. Services, targets and raw sources of fewer than 4 have no such limit.',
    }),
    window: duration(1).prefault('30s').meta({ description: 'The time over which departures add up.' }),
    holdFor: duration().prefault('10m').meta({
      description: 'How long something is held at most. `0`: nothing is held.',
    }),
    minInstances: z.int().min(0).default(0).meta({
      description:
        'A departure that leaves fewer instances of a service than this is held, whatever its share. `1`: the last instance is held too.',
    }),
  }),
]);
