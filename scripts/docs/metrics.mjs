// The tables of docs/metrics.md: one for each group of metrics.
import { table } from './markdown.mjs';

/** @param load imports a module of the code by its path below src/. */
export async function describeMetrics(load) {
  const { metricGroups } = await load('admin/metrics/catalogue.js');
  return Object.fromEntries(
    Object.entries(metricGroups).map(([group, metrics]) => [
      group,
      table(
        ['metric', 'type', 'labels', 'meaning'],
        metrics.map(({ name, type, labels, help }) => [
          `\`${name}\``,
          type,
          labels.map((label) => `\`${label}\``).join(', '),
          help,
        ]),
      ),
    ]),
  );
}
