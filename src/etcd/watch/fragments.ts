import type { Clock } from '../../ports/runtime.js';

/** The fragments of one change may take this many times the silence after which a watch counts as dead. */
const most = 5;

export interface FragmentMonitor {
  /** To be called after each message. @param isCut fragments of a change have arrived, but not its last one */
  look(isCut: boolean): void;
  /** The present change has been incomplete for longer than the allowed silence. */
  isLagging(): boolean;
}

/**
 * Limits the time from the first to the last fragment of a change. Each fragment proves that the server lives, but not that it ever delivers:
 * without a limit, a server could send fragments for ever, and nothing more would be learned.
 *
 * @param silence milliseconds after which an incomplete change is `lagging`; after five times as long, the watch is `dead`
 */
export function monitorFragments(
  silence: number,
  {
    clock,
    lagging,
    dead,
  }: { readonly clock: Pick<Clock, 'now'>; readonly lagging: () => void; readonly dead: (why: string) => void },
): FragmentMonitor {
  let since: number | undefined;
  let isLagging = false;
  return {
    look(isCut) {
      if (!isCut) {
        since = undefined;
        isLagging = false;
        return;
      }
      const now = clock.now();
      const took = now - (since ??= now);
      if (took > most * silence) dead(`sent a change that did not end for ${Math.round(took)} ms`);
      else if (took > silence && !isLagging) {
        isLagging = true;
        lagging();
      }
    },
    isLagging: () => isLagging,
  };
}
