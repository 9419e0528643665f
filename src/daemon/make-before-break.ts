import type { Clock, Log } from '../ports/runtime.js';
import type { RunningSource } from './running-source.js';

// An abort reason keeps its stack alive, and with it the variables of the place that created it. This one keeps nothing.
const over = new Error('the wait is over');

/** Milliseconds after which the log says that the old connection is still in use, and why. */
const reportAfter = 5000;

/**
 * Resolves when every source has been listed on its new connection. There is no time limit: the old connection stays in use until then.
 *
 * @throws the signal's reason when that aborts
 */
export async function whenListed(
  sources: readonly RunningSource[],
  { clock, log }: { readonly clock: Clock; readonly log: Log },
  signal: AbortSignal,
): Promise<void> {
  const done = new AbortController();
  const ends = AbortSignal.any([signal, done.signal]);
  const report = clock.sleep(reportAfter, ends).then(() => {
    if (ends.aborted) return;
    const missing = sources.filter(({ held }) => held.snapshot === undefined).map(({ held }) => held.name);
    log.warn(
      { missing },
      'the new etcd connection has not listed every source yet: the old config and connection stay',
    );
  });
  const aborted = new Promise<void>((resolve) => {
    ends.addEventListener('abort', () => {
      resolve();
    });
  });
  try {
    signal.throwIfAborted();
    await Promise.race([Promise.all(sources.map(({ held }) => held.listed)), aborted]);
    signal.throwIfAborted();
  } finally {
    done.abort(over);
    await report;
  }
}
