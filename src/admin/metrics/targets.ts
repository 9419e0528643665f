import type { Histogram } from '../../model/histogram.js';
import { createTargetMeasures, type Durations, type Measures, type TargetMeasures } from '../../model/measures.js';
import type { TargetStatus } from '../../model/status.js';
import {
  ageOf,
  durationSamples,
  hasLiveWatches,
  listCodes,
  samplesByCode,
  samplesOf,
  type Facts,
  type Label,
  type Metric,
  type Sample,
} from './metric.js';

/** The most sources of one target that have a series for the pair. */
const mostSources = 7;

type Counted = Measures['targets'] extends ReadonlyMap<string, infer T> ? T : never;

function perTarget(
  name: string,
  type: Metric['type'],
  help: string,
  read: (target: TargetStatus, counted: Counted | undefined, facts: Facts) => readonly Sample[],
  labels: readonly Label[] = ['target'],
): Metric {
  return {
    ...{ name, type, help, labels },
    read: (facts) =>
      facts.status.targets.flatMap((target) => read(target, facts.measures.targets.get(target.name), facts)),
  };
}

const gauge = (name: string, help: string, value: (target: TargetStatus, facts: Facts) => number | boolean): Metric =>
  perTarget(name, 'gauge', help, (target, _counted, facts) => [
    { labels: { target: target.name }, value: Number(value(target, facts)) },
  ]);

/** Absent while it is not known. */
const outputGauge = (name: string, help: string, size: 'count' | 'bytes'): Metric =>
  perTarget(name, 'gauge', help, (target, counted) =>
    counted?.outputs ? [{ labels: { target: target.name }, value: counted.outputs[size] }] : [],
  );

const histogram = (name: string, help: string, of: (counted: TargetMeasures) => Histogram): Metric =>
  perTarget(name, 'histogram', help, (target, counted) =>
    counted ? samplesOf(of(counted), { target: target.name }) : [],
  );

const durations = (name: string, help: string, of: (counted: TargetMeasures) => Durations): Metric =>
  perTarget(name, 'summary', help, (target, counted) =>
    counted ? durationSamples(of(counted), { target: target.name }) : [],
  );

const byCode = (
  name: string,
  help: string,
  of: (counted: TargetMeasures) => Readonly<Record<string, number>>,
  has: (target: TargetStatus) => boolean = () => true,
): Metric =>
  perTarget(
    name,
    'counter',
    `${help} \`code\`: ${listCodes(of(createTargetMeasures()))}.`,
    (target, counted) => (counted && has(target) ? samplesByCode(of(counted), { target: target.name }) : []),
    ['target', 'code'],
  );

/** What concerns one target. At most 60 series for each. */
export const targetMetrics: readonly Metric[] = [
  perTarget(
    'rollcall_target_in_step',
    'gauge',
    '1 if the target is in step, as in the status. Absent while another process writes it.',
    ({ name, inStep, standby }) => (standby ? [] : [{ labels: { target: name }, value: Number(inStep) }]),
  ),
  gauge(
    'rollcall_target_lag_seconds',
    'Age of the oldest change that the outputs or their consumer do not have yet; 0 if none.',
    ({ lagMs }) => lagMs / 1000,
  ),
  gauge(
    'rollcall_target_failing_seconds',
    'For how long passes fail or are refused; 0 if the last did not.',
    (target, facts) => ageOf(target.failingSince, facts),
  ),
  gauge('rollcall_target_watch_alive', '1 while the watch of each source of the target is alive.', hasLiveWatches),
  perTarget(
    'rollcall_target_applied_revision',
    'gauge',
    `Revision of the source up to which the outputs are made. Absent while it is not known, and for sources after the first ${mostSources}.`,
    ({ name, sources }) =>
      sources
        .slice(0, mostSources)
        .flatMap(({ source, applied }) =>
          applied === null ? [] : [{ labels: { target: name, source }, value: Number(applied) }],
        ),
    ['target', 'source'],
  ),
  gauge(
    'rollcall_target_pending_reload',
    '1 while the consumer has not acknowledged a change of the outputs.',
    ({ pendingReload }) => pendingReload !== null,
  ),
  gauge('rollcall_target_pending_reload_age_seconds', 'Age of the pending reload; 0 if none.', (target, facts) =>
    ageOf(target.pendingReload?.since ?? null, facts),
  ),
  gauge('rollcall_target_held', 'Number of instances and pairs that the guard holds.', ({ holds }) => holds.length),
  gauge(
    'rollcall_target_kept',
    '1 while the outputs are kept because a list has emptied the view.',
    ({ last }) => last?.result === 'kept',
  ),
  gauge(
    'rollcall_target_quarantined',
    'Number of registrations, instances and services that are kept out because they break the target.',
    ({ quarantined }) => quarantined,
  ),
  gauge(
    'rollcall_target_withheld_services',
    'Number of services whose new instances the check refuses.',
    ({ withheld }) => withheld.length,
  ),
  outputGauge('rollcall_target_outputs', 'Number of outputs. Absent while the last pass failed.', 'count'),
  outputGauge(
    'rollcall_target_output_bytes',
    'Size of all outputs that are no secret. Absent while the last pass failed.',
    'bytes',
  ),
  histogram(
    'rollcall_target_event_to_written_seconds',
    'Time from a change in etcd until readers see the new outputs.',
    ({ written }) => written,
  ),
  histogram(
    'rollcall_target_event_to_applied_seconds',
    'Time from a change in etcd until the consumer has acknowledged it.',
    ({ applied }) => applied,
  ),
  byCode('rollcall_target_passes_total', 'Passes that ended, by result.', ({ passes }) => passes),
  byCode('rollcall_target_checks_total', 'Runs of the check, by verdict.', ({ checks }) => checks),
  durations('rollcall_target_check_duration_seconds', 'Duration of the runs of the check.', ({ checking }) => checking),
  byCode('rollcall_target_reloads_total', 'Reloads with their confirms, by outcome.', ({ reloads }) => reloads),
  durations(
    'rollcall_target_reload_duration_seconds',
    'Duration of the reloads with their confirms.',
    ({ reloading }) => reloading,
  ),
  byCode(
    'rollcall_target_updates_total',
    'Changes for which the running consumer was asked, by outcome. `updated`: it has taken the change up. `reload`: the change needs a reload. `refused`: it did not take up what it should, so a reload follows. Absent without `haproxyRuntime`.',
    ({ updates }) => updates,
    ({ runtime }) => runtime !== null,
  ),
  byCode('rollcall_target_resyncs_total', 'Looks at all outputs, by reason.', ({ resyncs }) => resyncs),
];
