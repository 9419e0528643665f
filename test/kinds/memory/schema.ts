import * as z from 'zod';

const text = z
  .strictObject({
    template: z.string().min(1).meta({ description: 'Name of a built-in template, or path of a file.' }),
    forEach: z.literal('service').optional().meta({ description: 'One text for each service.' }),
  })
  .meta({ description: 'One text.' });

/** The `memory` block. */
export const memorySchema = z
  .strictObject({
    store: z.string().min(1).meta({ description: 'Name of the store that holds the texts.' }),
    texts: z.record(z.string(), text).meta({ description: 'Texts by name.' }),
  })
  .meta({ description: 'Texts in the memory of the process.' });

export type MemoryOptions = z.output<typeof memorySchema>;
