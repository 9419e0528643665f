import { cpuUsage } from 'node:process';
import type { ElectionStatus } from '../../model/status.js';
import { secondsOf, single, type Metric } from './metric.js';

function election(
  name: string,
  type: 'gauge' | 'counter',
  help: string,
  value: (status: ElectionStatus) => number,
): Metric {
  const read: Metric['read'] = ({ status }) =>
    status.election === null ? [] : [{ labels: {}, value: value(status.election) }];
  return { name, type, help, labels: [], read };
}

/** What concerns the whole process. */
export const processMetrics: readonly Metric[] = [
  single(
    'rollcall_in_step',
    'gauge',
    '1 if every target is in step, or another process writes it.',
    ({ status }) => status.inStep,
  ),
  single(
    'rollcall_stale',
    'gauge',
    '1 while the outputs come from the last good snapshot, because etcd has not answered yet.',
    ({ status }) => status.stale,
  ),
  election(
    'rollcall_leader',
    'gauge',
    '1 while this process is the leader, which writes cluster-wide targets; 0 on a standby. Absent without an election.',
    ({ state }) => Number(state === 'leader'),
  ),
  election(
    'rollcall_leader_transitions_total',
    'counter',
    'How often this process has become the leader or has ceased to be it. Absent without an election.',
    ({ transitions }) => transitions,
  ),
  single('rollcall_targets', 'gauge', 'Number of targets in the config.', ({ status }) => status.targets.length),
  single('rollcall_sources', 'gauge', 'Number of sources in the config.', ({ status }) => status.sources.length),
  single(
    'rollcall_config_generation',
    'gauge',
    '1 for the config of the start; each config that came into force since adds 1.',
    ({ status }) => status.config.generation,
  ),
  single(
    'rollcall_config_applied_timestamp_seconds',
    'gauge',
    'When the present config came into force, in seconds since the epoch.',
    ({ status }) => secondsOf(status.config.since),
  ),
  single(
    'rollcall_config_refused',
    'gauge',
    '1 while a newer config cannot be used, so that the old one runs on.',
    ({ status }) => status.config.refused !== null,
  ),
  single(
    'rollcall_config_refusals_total',
    'counter',
    'Number of configs that could not be used.',
    ({ measures }) => measures.configRefusals.count,
  ),
  single(
    'rollcall_config_refused_timestamp_seconds',
    'gauge',
    'When a config could last not be used, in seconds since the epoch; 0 if none.',
    ({ measures }) => (measures.configRefusals.lastAt ?? 0) / 1000,
  ),
  single(
    'process_cpu_seconds_total',
    'counter',
    'CPU time of the process, of users and the system, in seconds.',
    () => {
      const { user, system } = cpuUsage();
      return (user + system) / 1e6;
    },
  ),
];
