import { z } from 'zod';

/** The port of registrations that have none. */
export const portOption = z
  .int()
  .min(1)
  .max(65_535)
  .optional()
  .meta({ description: 'Port of registrations that have none.' });
