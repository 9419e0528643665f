import { formatDuration } from '../../../model/duration.js';
import type {
  ElectionStatus,
  ProcessStatus,
  RuntimeStatus,
  SourceStatus,
  TargetDetail,
  TargetStatus,
} from '../../../model/status.js';
import type { Colours } from '../../terminal/color.js';
import { printable } from '../../terminal/escape.js';
import { tableLines, type Column } from '../../terminal/table.js';

export interface LineOptions {
  readonly wide: boolean;
  readonly colours: Colours;
}

/** The status of a process: a table of its targets, and a table of its sources. */
export function processLines(
  { targets, sources, config, stale, election }: ProcessStatus,
  options: LineOptions,
): readonly string[] {
  const { strong, warning } = options.colours;
  return [
    ...tableLines(targetColumns(options), targets, { paintHead: strong }),
    '',
    ...tableLines(sourceColumns(options), sources, { paintHead: strong }),
    ...(election ? ['', ...electionLines(election, options)] : []),
    ...(stale ? [warning('etcd has not answered yet: the outputs come from the last good snapshot')] : []),
    ...(config.refused
      ? [warning(printable(`config refused at ${config.refused.at}: ${config.refused.problem.message}`))]
      : []),
  ];
}

function electionLines(election: ElectionStatus, { colours }: LineOptions): readonly string[] {
  const { state, since, detail, leader, epoch, lease, problem } = election;
  const other = state === 'leader' ? '' : leader === null ? '; no leader is known' : `; the leader is ${leader}`;
  const inEpoch = epoch === null ? '' : ` in epoch ${epoch}`;
  return [
    printable(`${state} since ${since}${state === 'leader' ? inEpoch : `: ${detail}${other}${inEpoch}`} (${lease})`),
    ...(problem ? [colours.warning(printable(`the election has a problem: ${problem.message}`))] : []),
  ];
}

/** One target with its outputs, and with everything that it keeps or keeps out. */
export function targetLines(target: TargetDetail, options: LineOptions): readonly string[] {
  const { outputs, holds, withheld, quarantine, runtime } = target;
  return [
    ...tableLines(targetColumns(options), [target], { paintHead: options.colours.strong }),
    '',
    ...outputs.map(({ output, digest, bytes }) =>
      printable(`output ${output}  ${bytes ?? '?'} bytes  ${digest?.slice(0, 12) ?? '-'}`),
    ),
    ...(runtime ? runtimeLines(runtime) : []),
    ...holds.map(({ source, key, rule, cause, until }) =>
      printable(`held until ${until}  ${source} ${key}  ${cause}, ${rule}`),
    ),
    ...withheld.map(({ service, reason }) => printable(`withheld ${service}  ${reason}`)),
    ...quarantine.map(({ service, id, reason }) =>
      printable(`quarantined ${service}${id === undefined ? '' : `/${id}`}  ${reason}`),
    ),
  ];
}

function runtimeLines({ updatedAt, leaving, fellBack, problem }: RuntimeStatus): readonly string[] {
  return [
    printable(`runtime updated ${updatedAt ?? '-'}  ${leaving} servers leaving`),
    ...(fellBack ? [printable(`runtime fell back to a reload ${fellBack.at}  ${fellBack.reason}`)] : []),
    ...(problem === null ? [] : [printable(`runtime problem ${problem}`)]),
  ];
}

function targetColumns({ wide, colours }: LineOptions): readonly Column<TargetStatus>[] {
  const common: Column<TargetStatus>[] = [
    { head: 'TARGET', cell: ({ name }) => name, kept: true },
    {
      head: 'IN STEP',
      cell: ({ inStep, standby }) => (standby ? 'standby' : inStep ? 'yes' : 'no'),
      paint: (text, { inStep, standby }) => (inStep || standby ? colours.good(text) : colours.bad(text)),
      kept: true,
    },
    { head: 'LAG', cell: ({ lagMs }) => (lagMs === 0 ? '-' : formatDuration(lagMs)) },
    { head: 'HELD', cell: ({ holds }) => String(holds.length) },
    { head: 'CHANGED', cell: ({ changedAt }) => changedAt ?? '-' },
    { head: 'WHY NOT', cell: ({ notInStep }) => notInStep ?? '' },
  ];
  if (!wide) return common;
  return [
    ...common,
    { head: 'RELOADED', cell: ({ reloadedAt }) => reloadedAt ?? '-' },
    { head: 'PENDING SINCE', cell: ({ pendingReload }) => pendingReload?.since ?? '-' },
    { head: 'NEXT ATTEMPT', cell: ({ nextAttempt }) => nextAttempt ?? '-' },
    {
      head: 'REVISIONS',
      cell: ({ sources }) =>
        sources.map(({ source, applied, latest }) => `${source}=${applied ?? '-'}/${latest ?? '-'}`).join(','),
    },
  ];
}

function sourceColumns({ wide, colours }: LineOptions): readonly Column<SourceStatus>[] {
  const common: Column<SourceStatus>[] = [
    { head: 'SOURCE', cell: ({ name }) => name, kept: true },
    {
      head: 'WATCH',
      cell: ({ watch }) => watch,
      paint: (text, { watch }) => (watch === 'live' ? colours.good(text) : colours.warning(text)),
    },
    { head: 'SERVICES', cell: ({ services }) => String(services) },
    { head: 'REJECTED', cell: ({ rejected }) => String(rejected) },
    { head: 'PROBLEM', cell: ({ problem }) => problem?.message ?? '' },
  ];
  if (!wide) return common;
  return [
    ...common,
    { head: 'PREFIX', cell: ({ prefix }) => prefix },
    { head: 'FORMAT', cell: ({ format }) => format ?? '-' },
    { head: 'REVISION', cell: ({ revision }) => revision ?? '-' },
    { head: 'KEYS', cell: ({ keys }) => String(keys) },
    { head: 'SINCE', cell: ({ since }) => since ?? '-' },
  ];
}
