import type { Registry } from 'prom-client';
import heapSizeAndUsed from 'prom-client/lib/metrics/heapSizeAndUsed.js';
import osMemoryHeap from 'prom-client/lib/metrics/osMemoryHeap.js';
import processMaxFileDescriptors from 'prom-client/lib/metrics/processMaxFileDescriptors.js';
import processOpenFileDescriptors from 'prom-client/lib/metrics/processOpenFileDescriptors.js';
import processStartTime from 'prom-client/lib/metrics/processStartTime.js';

/**
 * Adds the standard metrics of a process. Those of prom-client that measure between scrapes (the delay of the event loop, garbage collection)
 * are left out, because they cost something all the time; and so are those with labels of their own.
 */
export function addStandardMetrics(registry: Registry): void {
  for (const add of [
    heapSizeAndUsed,
    osMemoryHeap,
    processMaxFileDescriptors,
    processOpenFileDescriptors,
    processStartTime,
  ])
    add(registry);
}
