import type { Histogram } from '../../model/histogram.js';
import type { Durations, Measures } from '../../model/measures.js';
import type { ProcessStatus, TargetStatus, Time } from '../../model/status.js';

/** What all metrics of one scrape are made from. */
export interface Facts {
  readonly status: ProcessStatus;
  readonly measures: Measures;
  /** Wall-clock milliseconds. */
  readonly now: number;
}

/** The only labels that there are. `code` is one word of a closed set. Beside them, a histogram has `le`. */
export type Label = 'target' | 'source' | 'kind' | 'code';
export type Labels = Readonly<Partial<Record<Label | 'le', string>>>;

/** One series at one moment. */
export interface Sample {
  readonly labels: Labels;
  readonly value: number;
  /** What a histogram or a summary adds to the name of its metric. Default: nothing. */
  readonly suffix?: '_bucket' | '_sum' | '_count';
}

/** A metric: what docs/metrics.md says of it, and how its series are read. */
export interface Metric {
  readonly name: string;
  readonly type: 'gauge' | 'counter' | 'histogram' | 'summary';
  /** One sentence. */
  readonly help: string;
  readonly labels: readonly Label[];
  /** Pure. */
  readonly read: (facts: Facts) => readonly Sample[];
}

/** A metric without labels. */
export function single(
  name: string,
  type: 'gauge' | 'counter',
  help: string,
  value: (facts: Facts) => number | boolean,
): Metric {
  return { name, type, help, labels: [], read: (facts) => [{ labels: {}, value: Number(value(facts)) }] };
}

/** The series of a histogram: the counts up to each bound, the sum and the count. */
export function samplesOf({ bounds, counts, sum }: Histogram, labels: Labels = {}): Sample[] {
  let below = 0;
  const buckets = counts.map((count, at): Sample => {
    below += count;
    return { labels: { ...labels, le: String(bounds[at] ?? '+Inf') }, value: below, suffix: '_bucket' };
  });
  return [...buckets, { labels, value: sum, suffix: '_sum' }, { labels, value: below, suffix: '_count' }];
}

/** The series of a summary without quantiles. */
export function durationSamples({ seconds, count }: Durations, labels: Labels): Sample[] {
  return [
    { labels, value: seconds, suffix: '_sum' },
    { labels, value: count, suffix: '_count' },
  ];
}

/** One series for each word of a closed set. */
export function samplesByCode(counts: Readonly<Record<string, number>>, labels: Labels): Sample[] {
  return Object.entries(counts).map(([code, value]) => ({ labels: { ...labels, code }, value }));
}

/** The words of a closed set, for the description of a metric. */
export const listCodes = (counts: Readonly<Record<string, number>>): string =>
  Object.keys(counts)
    .map((code) => `\`${code}\``)
    .join(', ');

/** Seconds since the epoch. 0: it has not happened. */
export const secondsOf = (time: Time | null): number => (time === null ? 0 : Date.parse(time) / 1000);

/** Seconds from a time until now. 0: there is no such time. */
export const ageOf = (time: Time | null, { now }: Facts): number =>
  time === null ? 0 : Math.max(0, (now - Date.parse(time)) / 1000);

/** Whether etcd has lately answered the watch of each source of the target. */
export function hasLiveWatches({ sources }: TargetStatus, { status }: Facts): boolean {
  const dead = new Set(status.sources.filter(({ watch }) => watch !== 'live').map(({ name }) => name));
  return !sources.some(({ source }) => dead.has(source));
}
