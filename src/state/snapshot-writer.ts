import { messageOf } from '../model/errors.js';
import type { Snapshot } from '../model/snapshot.js';
import type { Clock, Log } from '../ports.js';

export interface SnapshotWriter {
  /** To be kept, some seconds from now, unless a newer one comes. */
  save(snapshot: Snapshot): void;
  /** Resolves when `signal` has aborted and the last one is on disk. */
  run(signal: AbortSignal): Promise<void>;
}

/** A snapshot may be a few seconds old on disk (docs/adr/0004): a storm is written once, and never before its change. */
const delay = 5000;
/** A large one takes long to write, and the next waits so many times as long, at most a minute. */
const spacing = { times: 50, cap: 60_000 };

/** Writes the last good snapshot behind the changes' back. That it cannot be written is said once, and costs nothing else. */
export function createSnapshotWriter(
  save: (snapshot: Snapshot) => Promise<void>,
  clock: Clock,
  log: Log,
): SnapshotWriter {
  let latest: Snapshot | undefined;
  let lastGiven: Snapshot | undefined;
  let wake: (() => void) | undefined;
  let warned = false;

  /** Milliseconds that it took. */
  async function flush(): Promise<number> {
    const began = clock.now();
    const snapshot = latest;
    latest = undefined;
    if (!snapshot) return 0;
    try {
      await save(snapshot);
      warned = false;
    } catch (error) {
      latest ??= snapshot;
      if (!warned) log.warn({ error: messageOf(error) }, 'the last good snapshot cannot be kept');
      warned = true;
    }
    return clock.now() - began;
  }

  return {
    save(snapshot) {
      // Most batches renew what is known; only their revision is new, and nobody needs that on disk.
      if (lastGiven && isSame(lastGiven, snapshot)) return;
      latest = lastGiven = snapshot;
      wake?.();
    },
    async run(signal) {
      const stopped = new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => {
          resolve();
        });
      });
      let pause = delay;
      while (!signal.aborted) {
        if (!latest) {
          const kept = new Promise<void>((resolve) => {
            wake = resolve;
          });
          await Promise.race([stopped, kept]);
        }
        await clock.sleep(pause, signal);
        pause = Math.max(delay, Math.min(spacing.cap, spacing.times * (await flush())));
      }
      await flush();
    },
  };
}

/** By identity, which is how snapshots tell that nothing has changed. */
function isSame(a: Snapshot, b: Snapshot): boolean {
  return (
    a.sources.length === b.sources.length &&
    a.sources.every((source, index) => {
      const other = b.sources[index];
      return source.services === other?.services && source.pairs === other.pairs && source.format === other.format;
    })
  );
}
