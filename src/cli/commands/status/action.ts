import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from '../../../inspect/running/ask.js';
import { withPlace, type Place, type PlaceOptions } from '../../../inspect/running/place.js';
import type { ProcessStatus, TargetDetail } from '../../../model/status.js';
import { stopOnSignals } from '../../stop.js';
import { coloursOf } from '../../terminal/color.js';
import { printableJson } from '../../terminal/escape.js';
import { createScreen } from '../../terminal/screen.js';
import { fit } from '../../terminal/width.js';
import { processLines, targetLines } from './lines.js';

export interface StatusOptions extends PlaceOptions {
  readonly output: 'table' | 'wide' | 'json';
  readonly watch?: true;
}

/** Milliseconds between two questions of `--watch`. */
const interval = 1000;

/** Shows the status of the running process, or of one target. Exit code 0: in step, 1: not in step. Throws when no process answers. */
export async function status(target: string | undefined, options: StatusOptions): Promise<0 | 1> {
  return withPlace(options, async (place) => {
    if (options.watch) return watch(place, target, options);
    const found = await find(place, target);
    process.stdout.write(`${show(found, options).join('\n')}\n`);
    return isWell(found) ? 0 : 1;
  });
}

async function watch(place: Place, target: string | undefined, options: StatusOptions): Promise<0 | 1> {
  const stop = stopOnSignals();
  const screen = process.stdout.isTTY ? createScreen(process.stdout) : undefined;
  let before = '';
  let last: ProcessStatus | TargetDetail | undefined;
  while (!stop.aborted) {
    last = await find(place, target, stop).catch((error: unknown) => {
      if (stop.aborted) return last;
      throw error;
    });
    if (last) {
      const lines = show(last, options);
      const text = lines.join('\n');
      if (screen) {
        const { rows, columns } = screen.size();
        screen.draw(lines.slice(0, rows).map((line) => fit(line, columns)));
      } else if (text !== before) process.stdout.write(`${text}\n`);
      before = text;
    }
    await sleep(interval, undefined, { signal: stop }).catch(() => undefined);
  }
  return last && isWell(last) ? 0 : 1;
}

/** A standby does all that it has to do. */
function isWell(found: ProcessStatus | TargetDetail): boolean {
  return found.inStep || ('standby' in found && found.standby);
}

async function find(
  place: Place,
  target: string | undefined,
  signal?: AbortSignal,
): Promise<ProcessStatus | TargetDetail> {
  const path = target === undefined ? '/api/status' : `/api/targets/${encodeURIComponent(target)}`;
  return (await ask(place, { path, ...(signal && { signal }) })) as ProcessStatus | TargetDetail;
}

function show(found: ProcessStatus | TargetDetail, { output, watch: isWatch }: StatusOptions): readonly string[] {
  if (output === 'json') return [printableJson(JSON.stringify(found, undefined, isWatch ? undefined : 2))];
  const options = { wide: output === 'wide', colours: coloursOf(process.stdout) };
  return 'targets' in found ? processLines(found, options) : targetLines(found, options);
}
