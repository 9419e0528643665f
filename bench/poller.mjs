// Times puts, one after the other: from before each put until a reader of the file sees it.
import { readFileSync, watch } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const deadline = 15_000;
const pollEvery = 20;

/** The text of a file; empty while there is none. */
export function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/**
 * A rename in the directory wakes the reader; a poll every 20 ms finds changes that do not.
 *
 * @param options.dirs the directories of all files
 * @param options.hasNext whether put number `u` is to be made
 * @param options.next the put number `u`: `file`, the text `wanted` in it, and `put`, which resolves when etcd has it
 * @param options.gap ms between a put that was seen and the next
 * @returns for each put the wall time `at` of its start and `ms`, which is undefined when it was not seen within 15 s
 */
export async function timePuts({ dirs, hasNext, next, gap }) {
  let look = () => undefined;
  const watchers = dirs.map((dir) => watch(dir, () => look()));
  const timed = [];
  try {
    for (let u = 0; hasNext(u); u++) {
      const { file, wanted, put } = next(u);
      const late = new AbortController();
      const at = Date.now();
      const from = performance.now();
      let poll;
      const seen = new Promise((resolve) => {
        look = () => {
          if (read(file).includes(wanted)) resolve(performance.now() - from);
        };
        poll = setInterval(() => look(), pollEvery);
      });
      try {
        await put();
        timed.push({ at, ms: await Promise.race([seen, sleep(deadline, undefined, { signal: late.signal })]) });
      } finally {
        late.abort();
        clearInterval(poll);
        look = () => undefined;
      }
      await sleep(gap);
    }
  } finally {
    for (const watcher of watchers) watcher.close();
  }
  return timed;
}

/** The delays of the puts that were seen, in ms, and the number of those that were not. */
export function delaysOf(timed) {
  const delays = timed.flatMap(({ ms }) => ms ?? []);
  return { delays, missed: timed.length - delays.length };
}
