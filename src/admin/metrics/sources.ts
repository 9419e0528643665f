import type { RejectionCode } from '../../model/format.js';
import { noLists } from '../../model/measures.js';
import type { SourceStatus } from '../../model/status.js';
import { listCodes, samplesByCode, type Facts, type Label, type Metric, type Sample } from './metric.js';

/** The most codes of rejections that have a series of their own; those of the fewest registrations are counted together. */
const mostCodes = 6;

function perSource(
  name: string,
  type: Metric['type'],
  help: string,
  read: (source: SourceStatus, facts: Facts) => readonly Sample[],
  labels: readonly Label[] = ['source'],
): Metric {
  return { name, type, help, labels, read: (facts) => facts.status.sources.flatMap((one) => read(one, facts)) };
}

const gauge = (name: string, help: string, value: (source: SourceStatus) => number | boolean | undefined): Metric =>
  perSource(name, 'gauge', help, (source) => {
    const found = value(source);
    return found === undefined ? [] : [{ labels: { source: source.name }, value: Number(found) }];
  });

const ifListed = (source: SourceStatus, value: number): number | undefined => (source.listed ? value : undefined);

/** What concerns one source. At most 20 series for each. */
export const sourceMetrics: readonly Metric[] = [
  gauge('rollcall_source_listed', '1 if a complete list has been read.', ({ listed }) => listed),
  gauge(
    'rollcall_source_watch_alive',
    '1 while the watch is alive, which the answers of etcd prove within seconds.',
    ({ watch }) => watch === 'live',
  ),
  gauge('rollcall_source_revision', 'Latest revision of etcd that was read. Absent before the first list.', (source) =>
    source.revision === null ? undefined : Number(source.revision),
  ),
  gauge('rollcall_source_keys', 'Number of keys. Absent before the first list.', (source) =>
    ifListed(source, source.keys),
  ),
  gauge('rollcall_source_services', 'Number of services. Absent before the first list.', (source) =>
    ifListed(source, source.services),
  ),
  gauge('rollcall_source_rejected', 'Number of rejected registrations. Absent before the first list.', (source) =>
    ifListed(source, source.rejected),
  ),
  perSource(
    'rollcall_source_rejected_by_code',
    'gauge',
    `Rejected registrations by the code of docs/formats.md. Only codes that occur; beyond ${mostCodes}, the rarest are \`other\`.`,
    ({ name }, { measures }) =>
      samplesByCode(mostFrequent(measures.sources.get(name)?.rejected ?? new Map()), { source: name }),
    ['source', 'code'],
  ),
  perSource(
    'rollcall_source_lists_total',
    'counter',
    `Complete lists that were read, by reason. \`code\`: ${listCodes(noLists())}.`,
    ({ name }, { measures }) => samplesByCode(measures.sources.get(name)?.lists ?? {}, { source: name }),
    ['source', 'code'],
  ),
  perSource(
    'rollcall_source_changes_total',
    'counter',
    'Changes of keys that the watch delivered.',
    ({ name }, { measures }) => [{ labels: { source: name }, value: measures.sources.get(name)?.changes ?? 0 }],
  ),
];

function mostFrequent(counts: ReadonlyMap<RejectionCode, number>): Readonly<Record<string, number>> {
  const sorted = [...counts].sort(([a, few], [b, many]) => many - few || (a < b ? -1 : 1));
  const rest = sorted.slice(mostCodes).reduce((sum, [, count]) => sum + count, 0);
  return Object.fromEntries([...sorted.slice(0, mostCodes), ...(rest > 0 ? [['other', rest] as const] : [])]);
}
