import { samplesOf, single, type Facts, type Metric, type Sample } from './metric.js';

const histogram = (name: string, help: string, read: (facts: Facts) => readonly Sample[]): Metric => ({
  ...{ name, type: 'histogram', help, labels: [], read },
});

/** The queue of targets, by the names and with the meanings of client-go (k8s.io/component-base, `metrics/prometheus/workqueue`). */
export const queueMetrics: readonly Metric[] = [
  single('workqueue_depth', 'gauge', 'Number of targets in the queue.', ({ measures }) => measures.queue.depth),
  single(
    'workqueue_adds_total',
    'counter',
    'How often a target was added that was not in the queue.',
    ({ measures }) => measures.queue.adds,
  ),
  histogram('workqueue_queue_duration_seconds', 'Time in the queue before a pass begins.', ({ measures }) =>
    samplesOf(measures.queue.queued),
  ),
  histogram('workqueue_work_duration_seconds', 'Duration of a pass.', ({ measures }) =>
    samplesOf(measures.queue.worked),
  ),
  single(
    'workqueue_unfinished_work_seconds',
    'gauge',
    'Sum of the durations of the passes that run now.',
    ({ measures }) => measures.queue.unfinishedSeconds,
  ),
  single(
    'workqueue_longest_running_processor_seconds',
    'gauge',
    'Duration of the longest pass that runs now.',
    ({ measures }) => measures.queue.longestSeconds,
  ),
  single(
    'workqueue_retries_total',
    'counter',
    'How often a pass asked for another one after a delay.',
    ({ measures }) => measures.queue.retries,
  ),
];
