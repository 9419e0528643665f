// Shows the figures as a table, with factors relative to the floor, and checks the goals.

/** The columns. `most` is the greatest allowed factor relative to the floor. */
const columns = [
  { head: 'put to file p50', unit: 'ms', key: 'p50Ms', digits: 1, most: () => 1.5, on: 'tmpfs' },
  { head: 'p99', unit: 'ms', key: 'p99Ms', digits: 1 },
  { head: 'CPU per update', unit: 'ms', key: 'cpuMs', digits: 1 },
  { head: 'cold start', unit: 'ms', key: 'coldMs', digits: 0, most: (n) => (n <= 1000 ? 3 : 2) },
  { head: 'RSS', unit: 'MB', key: 'rssMb', digits: 0, most: (n) => (n <= 1000 ? 1.9 : 1.6) },
  { head: 'storm', unit: 'ms', key: 'stormMs', digits: 0 },
  { head: 'reloads in it', unit: '', key: 'stormReloads', digits: 0 },
];
const stormMost = { instances: 10_000, ms: 150 };

const show = (value, { digits, unit }) =>
  value === undefined ? 'never' : `${value.toFixed(digits)}${unit && ` ${unit}`}`;

/** A Markdown table of the contenders at one size on one medium. Factors are relative to the result named floor, if there is one. */
export function tableOf(results) {
  const floor = results.find(({ name }) => name === 'floor');
  const rows = results.map((result) => {
    if (result.error) return [result.title, `never complete: ${result.error.trim().split('\n').at(-1)}`];
    const cells = columns.map((column) => {
      const value = result[column.key];
      const own = floor?.[column.key];
      const isCompared = result !== floor && column.most !== undefined && own && value !== undefined;
      return show(value, column) + (isCompared ? ` (${(value / own).toFixed(1)}x)` : '');
    });
    return [result.title, ...cells];
  });
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [
    line(['', ...columns.map(({ head }) => head)]),
    line(['---', ...columns.map(() => '---:')]),
    ...rows.map(line),
  ]
    .join('\n')
    .concat('\n');
}

/** The goals of rollcall relative to the floor of the same run, one sentence for each. */
export function goalsOf(results) {
  const floor = results.find(({ name, error }) => name === 'floor' && !error);
  const ours = results.find(({ name }) => name === 'rollcall');
  if (!ours || !floor) return [];
  const { instances, medium } = ours;
  const sentences = columns.flatMap(({ head, key, most, on }) => {
    if (!most || (on && on !== medium) || !(floor[key] > 0)) return [];
    const ratio = ours.error || ours[key] === undefined ? Infinity : ours[key] / floor[key];
    return goal(`${head} ${ratio.toFixed(2)}x the floor, at most ${most(instances)}x`, ratio <= most(instances));
  });
  if (instances === stormMost.instances && medium === 'tmpfs') {
    const ms = ours.stormMs ?? Infinity;
    sentences.push(...goal(`storm ${Math.round(ms)} ms, at most ${stormMost.ms} ms`, ms <= stormMost.ms));
  }
  return sentences;
}

const goal = (sentence, isReached) => [`${isReached ? 'reached' : 'MISSED '}  ${sentence}`];
