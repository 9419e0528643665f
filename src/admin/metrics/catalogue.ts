import type { Metric } from './metric.js';
import { processMetrics } from './process.js';
import { queueMetrics } from './queue.js';
import { sourceMetrics } from './sources.js';
import { targetMetrics } from './targets.js';

/** Every metric of rollcall's own, in the order of docs/metrics.md. */
export const metricGroups = {
  targets: targetMetrics,
  sources: sourceMetrics,
  process: processMetrics,
  queue: queueMetrics,
} as const satisfies Readonly<Record<string, readonly Metric[]>>;
