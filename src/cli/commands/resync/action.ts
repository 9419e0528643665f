import { ask } from '../../../inspect/running/ask.js';
import { withPlace, type PlaceOptions } from '../../../inspect/running/place.js';
import type { ProcessStatus } from '../../../model/status.js';
import { printable } from '../../terminal/escape.js';

/** Asks the running process to look at the outputs of a target again, or at those of all targets. */
export async function resync(target: string | undefined, options: PlaceOptions): Promise<0> {
  const asked = await withPlace(options, async (place) => {
    const names =
      target === undefined
        ? ((await ask(place, { path: '/api/status' })) as ProcessStatus).targets.map(({ name }) => name)
        : [target];
    for (const name of names)
      await ask(place, { method: 'POST', path: `/api/targets/${encodeURIComponent(name)}/resync` });
    return names;
  });
  for (const name of asked) process.stdout.write(`${printable(name)}: resync asked\n`);
  return 0;
}
