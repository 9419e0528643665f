import { messageOf } from '../../model/errors.js';
import type { Clock, Log, Random } from '../../ports.js';
import type { Listing } from './list.js';
import type { Replica } from './replica.js';

export interface CompareParts {
  readonly replica: Replica;
  readonly list: (signal: AbortSignal) => Promise<Listing>;
  /** The watch stands and has caught up. */
  readonly isLive: () => boolean;
  /** Called with how many keys differ, when some do. */
  readonly onDifference: (keys: number) => void;
  readonly onCompared: () => void;
  readonly timing: { readonly compareEvery: number; readonly settle: number };
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/**
 * The backstop: at long, uneven intervals everything that was delivered is compared with a fresh list. It should
 * never find anything; what it finds is an event that got lost, or a store that was restored unnoticed.
 * Runs until the signal aborts; never rejects.
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
      log.debug({ reason: messageOf(error) }, 'the comparison with a fresh list did not come about');
    }
  }
}

async function compareOnce(
  { replica, list, isLive, onCompared, onDifference, timing, clock, log }: CompareParts,
  signal: AbortSignal,
): Promise<void> {
  const { generation } = replica;
  // A key that changes meanwhile proves nothing: the list may be older or newer than the watch.
  const recording = replica.record();
  try {
    const listing = await list(signal);
    // What the list has already, the watch may still be bringing.
    await clock.sleep(timing.settle, signal);
    if (signal.aborted || !isLive() || replica.generation !== generation) return;
    onCompared();
    const different = replica.differences(listing, recording.touched);
    const sameStore = listing.clusterId === replica.moment?.clusterId;
    if (sameStore && different.length === 0) return;
    log.warn(
      { keys: different.length, first: different[0], revision: listing.revision, sameStore },
      'a fresh list differs from what the watch delivered: listing again',
    );
    onDifference(different.length);
  } finally {
    recording.stop();
  }
}
