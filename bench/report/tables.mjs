// The figures of a run as Markdown tables. Pure.
import { figureOf, goalsOf, isMet } from './goals.mjs';
import { count, groupBy, ofPart } from './records.mjs';
import { compare, summarize } from './statistics.mjs';

/** The columns of a measured process; figures with `isCompared` have a factor relative to another row. */
const columns = [
  { head: 'put to file p50', unit: 'ms', key: 'p50Ms', digits: 1, isCompared: true },
  { head: 'p99', unit: 'ms', key: 'p99Ms', digits: 1 },
  { head: 'CPU per put', unit: 'ms', key: 'cpuMs', digits: 1, isCompared: true },
  { head: 'cold start', unit: 'ms', key: 'coldMs', digits: 0, isCompared: true },
  { head: 'RSS', unit: 'MB', key: 'rssMb', digits: 0, isCompared: true },
];
const stormColumns = [
  { head: 'storm', unit: 'ms', key: 'stormMs', digits: 0 },
  { head: 'reloads in it', unit: '', key: 'stormReloads', digits: 0 },
];

const kubernetesColumns = [
  { head: 'until a watch has it, p50', unit: 'ms', key: 'p50Ms', digits: 1 },
  { head: 'p99', unit: 'ms', key: 'p99Ms', digits: 1 },
  { head: 'CPU of rollcall per put', unit: 'ms', key: 'cpuMs', digits: 1 },
  { head: 'cold start', unit: 'ms', key: 'coldMs', digits: 0 },
  { head: 'RSS', unit: 'MB', key: 'rssMb', digits: 0 },
];

const line = (cells) => `| ${cells.join(' | ')} |`;
const table = (heads, rows) =>
  [line(heads), line(heads.map((_, at) => (at === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');

/** Median with unit, the spread of several runs, and the factor relative to `base`. */
function cell(group, base, { key, digits, unit, isCompared }) {
  const figure = summarize(group.map((record) => record[key]));
  if (figure === undefined) return group.some((record) => key in record) ? 'never' : '';
  const { median, min, max, runs } = figure;
  const spread = runs > 1 ? ` (${min.toFixed(digits)} to ${max.toFixed(digits)})` : '';
  const factor = isCompared && base !== undefined && base !== group ? compare(group, base, key) : undefined;
  return `${median.toFixed(digits)}${unit && ` ${unit}`}${spread}${factor ? `, ${factor.median.toFixed(2)}x` : ''}`;
}

/** One row for each name; factors are relative to the rows of the name `base`. */
function processTable(records, base) {
  const rows = groupBy(records, ({ name }) => name);
  const hasStorm = records.some((record) => 'stormReloads' in record);
  const shown = hasStorm ? [...columns, ...stormColumns] : columns;
  return table(
    ['', ...shown.map(({ head }) => head)],
    [...rows.values()].map((group) => {
      const [{ title, error }] = group;
      if (error) return [title, `never complete: ${error.trim().split('\n').at(-1)}`, ...shown.slice(1).map(() => '')];
      return [title, ...shown.map((column) => cell(group, rows.get(base), column))];
    }),
  );
}

function runsOf(records) {
  const runs = Math.max(...records.map(({ run }) => run));
  return runs > 1 ? `, ${runs} alternating runs` : '';
}

function growthTables(records) {
  return [...groupBy(ofPart(records, 'growth'), ({ series }) => series)].map(([series, group]) => ({
    part: 'growth',
    heading: `Growth: ${series}`,
    table: table(
      [series, ...columns.map(({ head }) => head)],
      group.map((record) => [count(record.size), ...columns.map((column) => cell([record], undefined, column))]),
    ),
  }));
}

function idleTable(records) {
  const [idle, ...puts] = ofPart(records, 'idle');
  if (idle === undefined) return [];
  const ms = (value) => (value === undefined ? 'never' : `${value.toFixed(1)} ms`);
  const rows = [
    ...(idle.firstCpuMsPerSecond === undefined
      ? []
      : [['CPU a second in the first three minutes after the start', ms(idle.firstCpuMsPerSecond)]]),
    ['CPU a second in the fourth minute', ms(idle.cpuMsPerSecond)],
    ['RSS', `${idle.rssMb.toFixed(0)} MB`],
    ...puts.map(({ title, puts: made, p50Ms, p99Ms }) => [
      `put to file, ${title}`,
      `p50 ${ms(p50Ms)}, p99 ${ms(p99Ms)}, ${count(made)} puts`,
    ]),
  ];
  const heading = `Idle: ${count(idle.instances)} instances, ${count(idle.size)} targets`;
  return [{ part: 'idle', heading, table: table(['', 'figure'], rows) }];
}

function registrarTable(records) {
  return ofPart(records, 'registrar').map((record) => ({
    part: 'registrar',
    heading: `${count(record.registrations)} registrations under one lease`,
    table: table(
      [
        'duration',
        'keepalives',
        'all calls',
        'CPU of the process',
        'RSS',
        'time to register all',
        'time to remove all',
      ],
      [
        [
          `${record.seconds.toFixed(0)} s`,
          `${record.keepalivesPerSecond.toFixed(1)} a second`,
          `${record.callsPerSecond.toFixed(1)} a second`,
          `${record.cpuMsPerSecond.toFixed(1)} ms a second`,
          `${record.rssMb.toFixed(0)} MB`,
          `${record.readyMs.toFixed(0)} ms`,
          `${record.goneMs.toFixed(0)} ms`,
        ],
      ],
    ),
  }));
}

/** What has only names and numbers. */
function editsTable(records) {
  const isFigure = ([name, value]) => typeof value === 'number' && !['run', 'instances'].includes(name);
  return ofPart(records, 'edits').map((record) => {
    const rows = Object.entries(record).filter(isFigure);
    return {
      ...{ part: 'edits', heading: `Edits of a template of ${count(record.instances)} instances` },
      table: table(
        ['', 'figure'],
        rows.map(([name, value]) => [name, String(Number(value.toFixed(2)))]),
      ),
    };
  });
}

function kubernetesTable(records) {
  const own = ofPart(records, 'kubernetes');
  if (own.length === 0) return [];
  const rows = own.map(({ title, ...record }) => [
    title,
    ...kubernetesColumns.map(({ key, unit, digits }) =>
      key in record ? `${record[key].toFixed(digits)} ${unit}` : '',
    ),
  ]);
  const heading = `A ConfigMap of a real API server, ${count(own[0].instances)} instances`;
  return [{ part: 'kubernetes', heading, table: table(['', ...kubernetesColumns.map(({ head }) => head)], rows) }];
}

export function goalTable(records) {
  const goals = goalsOf(records);
  if (goals.length === 0) return '';
  const rows = goals.map((goal) => [
    goal.text,
    figureOf(goal),
    `${goal.most}${goal.unit}`,
    isMet(goal) ? 'met' : 'not met',
  ]);
  return table(['goal', 'figure', 'at most', ''], rows);
}

/** Every table for which the records have figures: `part`, `heading` and `table`. */
export function tablesOf(records) {
  const compared = [
    { part: 'contenders', base: 'floor', headingOf: ({ size, medium }) => `${count(size)} instances, ${medium}` },
    { part: 'fan-out', base: 'one', headingOf: ({ size, medium }) => `${count(size)} files, ${medium}` },
    { part: 'targets', base: 'one', headingOf: ({ size, medium }) => `${count(size)} targets, ${medium}` },
    { part: 'observed', base: 'off', headingOf: ({ size, medium }) => `Observed, ${count(size)} instances, ${medium}` },
  ].flatMap(({ part, base, headingOf }) =>
    [...groupBy(ofPart(records, part), headingOf)].map(([heading, group]) => ({
      ...{ part, heading: heading + runsOf(group) },
      table: processTable(group, base),
    })),
  );
  return [
    ...compared,
    ...growthTables(records),
    ...idleTable(records),
    ...registrarTable(records),
    ...editsTable(records),
    ...kubernetesTable(records),
  ];
}
