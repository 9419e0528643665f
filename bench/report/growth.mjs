// The charts of growth: one picture for each series, with a panel for each figure. Pure.
import { drawChart } from './chart.mjs';
import { groupBy, ofPart } from './records.mjs';

const figures = [
  { title: 'Put to file, p50', unit: 'ms', key: 'p50Ms' },
  { title: 'CPU per put', unit: 'ms', key: 'cpuMs' },
  { title: 'Cold start', unit: 'ms', key: 'coldMs' },
  { title: 'RSS', unit: 'MB', key: 'rssMb' },
];

/** What grows in each series, and what stays the same. */
export const seriesTexts = {
  instances: { xTitle: 'instances', text: 'Instances of 50 services, all in one file.' },
  files: { xTitle: 'files', text: 'Files of one target with `forEach: service`; each service has one instance.' },
  targets: {
    xTitle: 'targets',
    text: 'Targets of one service each; etcd always has 300 services with ten instances each.',
  },
  sources: { xTitle: 'sources', text: 'Sources that share 1,000 instances of 50 services, all in one file.' },
};

/** By file name: the picture of each series that the records have. A figure that was not measured is left out. */
export function chartsOf(records) {
  const charts = [...groupBy(ofPart(records, 'growth'), ({ series }) => series)].map(([series, group]) => {
    const { xTitle } = seriesTexts[series];
    const panels = figures.flatMap(({ title, unit, key }) => {
      const points = group
        .filter((record) => record[key] !== undefined)
        .map((record) => ({ size: record.size, value: record[key] }));
      return points.length === 0 ? [] : [{ title, unit, xTitle, points }];
    });
    return [`growth-${series}.svg`, drawChart({ label: `Cost of rollcall by number of ${xTitle}`, panels })];
  });
  return Object.fromEntries(charts);
}
