// What it costs that a process can be observed and that its targets are guarded: the same puts with the admin server, a scrape of its metrics
// each second and the guard, and without them, in alternating runs.
import { request } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { prepare } from '../contenders/rollcall.mjs';
import { singleFile } from '../layouts.mjs';
import { measure } from '../measure.mjs';
import { differenceOf } from '../report/statistics.mjs';

const preload = pathToFileURL(join(import.meta.dirname, '..', 'without-admin.mjs')).href;

/** Reads the metrics once a second. @returns how often it did, as a function that ends it */
function scrapeEachSecond(socketPath) {
  let scrapes = 0;
  const timer = setInterval(() => {
    const asked = request({ socketPath, path: '/metrics', agent: false }, (response) => {
      response.resume();
      response.on('end', () => (scrapes += response.statusCode === 200 ? 1 : 0));
    });
    // The server listens only after the first passes.
    asked.on('error', () => undefined);
    asked.end();
  }, 1000);
  return () => {
    clearInterval(timer);
    return scrapes;
  };
}

/**
 * Records of part `observed`. With $ROLLCALL_OFF, the process without is that command line, such as an older build.
 *
 * @param options.updates number of puts of each run; `gap` ms between them
 */
export async function measureObserved(session, { instances, updates, gap, ...options }) {
  const layout = singleFile({ instances });
  const take = (settings, env) => async (registry, dir) => {
    const subject = { prepare: (place) => prepare({ ...place, ...settings }), layout, env };
    const end = scrapeEachSecond(join(dir, 'state', 'admin.sock'));
    const figures = await measure(subject, registry, dir, { updates, gap });
    return { ...figures, scrapes: end() };
  };
  const other = process.env.ROLLCALL_OFF?.split(' ');
  const off = { guard: 'off', ...(other && { command: other }) };
  const records = await session.alternate(
    [
      { name: 'off', title: 'not observed, no guard', take: take(off, { NODE_OPTIONS: `--import ${preload}` }) },
      { name: 'on', title: 'scraped each second, guarded', take: take({}, {}) },
    ],
    { part: 'observed', size: instances },
    options,
  );
  const named = (name) => records.filter((record) => record.name === name);
  for (const key of ['p50Ms', 'cpuMs']) {
    const found = differenceOf(named('on'), named('off'), key);
    if (!found) continue;
    const percent = (part) => `${(100 * part).toFixed(1)} %`;
    const { mean, low, high } = found;
    session.say(`${key}: ${percent(mean)} more, 95 % interval ${percent(low)} to ${percent(high)}`);
  }
}
