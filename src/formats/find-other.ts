import type { Format } from '../model/format.js';
import type { AutoOptions } from './choice.js';
import { createChooser } from './chooser.js';
import type { FormatContext } from './kind.js';

/**
 * Adds `findOther` to a format: a registration that it rejects may be of one of the formats that `auto` knows. Its options are the defaults
 * of `auto`, or those of the source if its format is `auto`.
 */
export function withOtherReadings(format: Format, options: AutoOptions, context: FormatContext): Format {
  const choose = createChooser(options, context);
  return {
    ...format,
    findOther(entry) {
      const choice = choose(entry);
      return choice === undefined || choice.format === format.name ? undefined : choice;
    },
  };
}
