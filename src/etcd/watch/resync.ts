import { messageOf } from '../../model/errors.js';
import type { Clock, Log, Random } from '../../ports/runtime.js';
import type { PageSink } from './list.js';
import type { StoreMoment } from '../protocol/translate.js';
import type { Replica } from './replica.js';

export interface CompareParts {
  readonly replica: Replica;
  /** Reads a fresh list into the sink. */
  readonly read: (sink: PageSink, signal: AbortSignal) => Promise<StoreMoment>;
  /** Whether the watch is confirmed and has caught up. */
  readonly isLive: () => boolean;
  /** Called with the number of keys that differ, if any do. */
  readonly onDifference: (keys: number) => void;
  readonly onCompared: () => void;
  readonly timing: { readonly compareEvery: number; readonly settle: number };
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/**
 * Compares everything that was delivered with a fresh list, at long, random intervals. A difference means that an event was
 * lost, or that the store was restored unnoticed; neither should happen. Runs until the signal aborts. Never rejects.
 */
export async function compareForEver(parts: CompareParts, signal: AbortSignal): Promise<void> {
  const { clock, random, timing, log } = parts;
  for (;;) {
    await clock.sleep(timing.compareEvery * (2 / 3 + (2 / 3) * random()), signal);
    if (signal.aborted) return;
    if (!parts.isLive()) continue;
    try {
      await compareOnce(parts, signal);
    } catch (error) {
      log.debug({ reason: messageOf(error) }, 'the comparison with a fresh list failed');
    }
  }
}

async function compareOnce(
  { replica, read, isLive, onCompared, onDifference, timing, clock, log }: CompareParts,
  signal: AbortSignal,
): Promise<void> {
  const { generation } = replica;
  const comparison = replica.compare();
  try {
    const listed = await read(comparison, signal);
    // The watch may not yet have delivered changes that the list already contains.
    await clock.sleep(timing.settle, signal);
    if (signal.aborted || !isLive() || replica.generation !== generation) return;
    onCompared();
    const different = comparison.differences();
    const sameStore = listed.clusterId === replica.moment?.clusterId;
    if (sameStore && different.length === 0) return;
    log.warn(
      { keys: different.length, first: different[0], revision: listed.revision, sameStore },
      'a fresh list differs from what the watch delivered: listing again',
    );
    onDifference(different.length);
  } finally {
    comparison.stop();
  }
}
