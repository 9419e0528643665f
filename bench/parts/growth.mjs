// How the cost grows: one thing grows in each series, and the others stay the same.
import { numbers } from '../options.mjs';
import { prepare } from '../contenders/rollcall.mjs';
import { fanOut, manyTargets, singleFile } from '../layouts.mjs';

const mostTargets = 300;

/** By series: the layout at a size. */
const layouts = {
  instances: (instances) => singleFile({ instances }),
  files: (files) => fanOut({ files }),
  targets: (targets) => {
    const services = Math.max(mostTargets, targets);
    return manyTargets({ targets, services, instances: 10 * services });
  },
  sources: (sources) => singleFile({ instances: 1000, sources }),
};

export const usualSeries = {
  instances: [1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 200_000],
  files: [1, 10, 100, 1000, 2000, 5000],
  targets: [1, 10, 50, 100, 200, 300],
  sources: [1, 2, 5, 10, 20, 50],
};

/** @returns sizes by series, from texts such as `files:1,10` */
export function readSeries(texts) {
  return Object.fromEntries(
    texts.map((text) => {
      const [name, sizes] = text.split(':');
      if (!Object.hasOwn(layouts, name) || !sizes)
        throw new Error(`--series ${text}: use ${Object.keys(layouts).join(', ')}, a colon and sizes`);
      return [name, numbers(sizes)];
    }),
  );
}

/** Records of part `growth`, one for each size of each series. */
export async function measureGrowth(session, series, options) {
  for (const [name, sizes] of Object.entries(series))
    for (const size of sizes) {
      const cases = [{ name: 'rollcall', title: 'rollcall', subject: { prepare, layout: layouts[name](size) } }];
      await session.alternate(cases, { part: 'growth', series: name, size }, { ...options, runs: 1 });
    }
}
