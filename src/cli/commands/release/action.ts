import { ask } from '../../../inspect/running/ask.js';
import { withPlace, type PlaceOptions } from '../../../inspect/running/place.js';

/** Ends the holds of a target in the running process, or of one of its services. */
export async function release(target: string, service: string | undefined, options: PlaceOptions): Promise<0> {
  const path = `/api/targets/${encodeURIComponent(target)}/release`;
  const body = service === undefined ? {} : { service };
  const { released } = (await withPlace(options, (place) => ask(place, { method: 'POST', path, body }))) as {
    readonly released: number;
  };
  process.stdout.write(released === 0 ? 'the guard holds nothing of it\n' : `${released} released\n`);
  return 0;
}
