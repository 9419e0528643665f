import type { ProcessEvent } from '../../model/process-event.js';
import { open } from './ask.js';
import type { Place } from './place.js';

/** An event, or `gap`: events before the next one are not known any more. */
export type Followed = ProcessEvent | 'gap';

/**
 * The events of a running process: the kept ones, and with `follow` those that happen from then on, until `signal` aborts or the process
 * ends.
 *
 * @throws RollcallError as `ask`
 */
export async function* followEvents(place: Place, follow: boolean, signal: AbortSignal): AsyncGenerator<Followed> {
  const answer = await open(place, { path: `/api/events${follow ? '' : '?follow=false'}`, signal });
  answer.setEncoding('utf8');
  let rest = '';
  try {
    for await (const chunk of answer) {
      const blocks = (rest + String(chunk)).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const event = readBlock(block);
        if (event) yield event;
      }
    }
  } catch (error) {
    // A process that ends cuts its streams.
    if (!signal.aborted && (error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error;
  }
}

/** One block of a stream, as in WHATWG HTML, section 9.2. Comments are no events. */
function readBlock(block: string): Followed | undefined {
  const fields = new Map(
    block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
  );
  if (fields.get('event') === 'gap') return 'gap';
  const data = fields.get('data');
  return data === undefined ? undefined : (JSON.parse(data) as ProcessEvent);
}
