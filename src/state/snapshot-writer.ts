import { formatDuration } from '../model/duration.js';
import { messageOf } from '../model/errors.js';
import { createOutage } from '../model/outage.js';
import type { Snapshot } from '../model/snapshot.js';
import type { Clock, Log } from '../ports/runtime.js';

export interface SnapshotWriter {
  /** Saves this snapshot in some seconds, unless a newer one replaces it. */
  save(snapshot: Snapshot): void;
  /** Whether the contents of the newest snapshot that was given are on disk. */
  readonly isSaved: boolean;
  /** Runs until `signal` aborts. Resolves when the last snapshot is on disk. */
  run(signal: AbortSignal): Promise<void>;
}

/** Milliseconds. A snapshot on disk may be a few seconds old (docs/adr/0004), so that many changes cause one write. */
const delay = 5000;
/**
 * A large snapshot takes long to write. The pause after a write is `times` its duration, at most `cap` milliseconds. A failed write is tried
 * again after `delay`: nothing was saved, and a full disk may have room again.
 */
const spacing = { times: 50, cap: 60_000 };

/**
 * Saves snapshots in the background. A failure is retried, logged with growing gaps (`createOutage`), and has no other effect.
 *
 * @param ready awaited before each write of the newest snapshot. False: it must not be written
 */
export function createSnapshotWriter(
  save: (snapshot: Snapshot) => Promise<void>,
  clock: Clock,
  log: Log,
  ready: () => Promise<boolean> = () => Promise.resolve(true),
): SnapshotWriter {
  let latest: Snapshot | undefined;
  let lastGiven: Snapshot | undefined;
  let wake: (() => void) | undefined;
  let isWriting = false;
  const outage = createOutage();

  /** Returns the milliseconds that a successful write took; 0 after a failure. */
  async function flush(): Promise<number> {
    const snapshot = latest;
    if (!snapshot || !(await ready())) return 0;
    const began = clock.now();
    if (latest === snapshot) latest = undefined;
    isWriting = true;
    try {
      await save(snapshot);
    } catch (error) {
      latest ??= snapshot;
      const mention = outage.fail(messageOf(error), clock.now());
      if (mention) log.warn({ error: messageOf(error), ...mention }, 'the last good snapshot cannot be saved');
      return 0;
    } finally {
      isWriting = false;
    }
    const ended = outage.end(clock.now());
    if (ended) log.info(ended, `the last good snapshot is saved again after ${formatDuration(ended.outageMs)}`);
    return clock.now() - began;
  }

  return {
    get isSaved() {
      return latest === undefined && !isWriting;
    },
    save(snapshot) {
      // Most batches change only the revision, which need not be on disk.
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

/** Compares by identity: unchanged parts of a snapshot stay the same objects. */
function isSame(a: Snapshot, b: Snapshot): boolean {
  return (
    a.sources.length === b.sources.length &&
    a.sources.every((source, index) => {
      const other = b.sources[index];
      return source.services === other?.services && source.pairs === other.pairs && source.format === other.format;
    })
  );
}
