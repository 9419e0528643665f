import { followEvents, type Followed } from '../../../inspect/running/follow-events.js';
import { withPlace, type PlaceOptions } from '../../../inspect/running/place.js';
import { stopOnSignals } from '../../stop.js';
import { printable, printableJson } from '../../terminal/escape.js';

export interface EventsOptions extends PlaceOptions {
  readonly follow?: true;
  readonly output: 'line' | 'json';
}

/** Shows the kept events of the running process, and with `follow` the next ones until SIGINT, SIGTERM or the end of the process. */
export async function events(options: EventsOptions): Promise<0> {
  const show = options.output === 'json' ? showJson : showLine;
  const stop = stopOnSignals();
  await withPlace(options, async (place) => {
    for await (const event of followEvents(place, options.follow === true, stop))
      process.stdout.write(`${show(event)}\n`);
  });
  return 0;
}

function showJson(event: Followed): string {
  return printableJson(JSON.stringify(event === 'gap' ? { type: 'gap' } : event));
}

/** `TIME TYPE NAME=VALUE…`: the fields of the event in their order. */
function showLine(event: Followed): string {
  if (event === 'gap') return 'earlier events are not kept';
  const { id: _id, at, type, ...fields } = event;
  const words = Object.entries(fields).map(([name, value]) => `${name}=${showValue(value)}`);
  return printable([at, type, ...words].join(' '));
}

function showValue(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'message' in value) return JSON.stringify(value.message);
  const text = String(value);
  return /^[\w.:/=,-]+$/.test(text) ? text : JSON.stringify(text);
}
