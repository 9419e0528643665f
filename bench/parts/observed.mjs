// What it costs that a process can be observed and that its targets are guarded: the admin server, a scrape of its metrics each second and
// the guard. Two processes run side by side, one with and one without; each has its own source, and the puts go to one or the other in
// random order. So a change in the load of the machine meets both, which it does not when one runs after the other.
import { mkdirSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { prepare } from '../contenders/rollcall.mjs';
import { singleFile } from '../layouts.mjs';
import { launch } from '../measure.mjs';
import { delaysOf, timePuts } from '../poller.mjs';
import { addressOf, prefixesOf, usual } from '../registrations.mjs';
import { differenceOf, percentile } from '../report/statistics.mjs';
import { usageOf } from '../usage.mjs';

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
 * @param options.updates number of puts for each process in each run; `gap` ms between puts
 */
export async function measureObserved(session, { instances, updates, gap, medium }) {
  const other = process.env.ROLLCALL_OFF?.split(' ');
  const sides = [
    {
      ...{ name: 'off', title: 'not observed, no guard' },
      ...{ settings: { guard: 'off', ...(other && { command: other }) }, env: { NODE_OPTIONS: `--import ${preload}` } },
    },
    { name: 'on', title: 'scraped each second, guarded', settings: {}, env: {} },
  ];
  const records = await session.sideBySide(measurePair, { part: 'observed', size: instances, medium });
  const named = (name) => records.filter((record) => record.name === name);
  for (const key of ['p50Ms', 'cpuMs', 'coldMs', 'rssMb']) {
    const found = differenceOf(named('on'), named('off'), key);
    if (!found) continue;
    const percent = (part) => `${(100 * part).toFixed(1)} %`;
    const { mean, low, high } = found;
    session.say(`${key}: ${percent(mean)} more, 95 % interval ${percent(low)} to ${percent(high)}`);
  }

  /** @returns figures for each side */
  async function measurePair(registry, dir, run) {
    // Services take turns with the sources, so each source has the usual number of services.
    const registrations = { ...usual, instances: 2 * instances, services: 2 * usual.services, sources: 2 };
    await registry.fill(registrations);
    const layout = singleFile({ instances });
    const running = [];
    try {
      // The second one starts beside the first, so they take turns.
      for (const side of run % 2 === 0 ? sides : [...sides].reverse()) {
        const place = join(dir, side.name);
        mkdirSync(place);
        const prefixes = [prefixesOf(registrations)[sides.indexOf(side)]];
        const subject = { prepare: (at) => prepare({ ...at, ...side.settings, prefixes }), layout, env: side.env };
        const started = await launch(subject, registry, place);
        if (started.error !== undefined) throw new Error(`${side.name}: ${started.error}`);
        running.push({ ...side, ...started, end: scrapeEachSecond(join(place, 'state', 'admin.sock')) });
      }
      running.sort(
        (a, b) => sides.findIndex(({ name }) => name === a.name) - sides.findIndex(({ name }) => name === b.name),
      );
      const before = running.map(({ process: { pid } }) => usageOf(pid));
      const order = shuffle(updates);
      const timed = await timePuts({
        ...{ dirs: running.map(({ out }) => out), gap },
        hasNext: (u) => u < order.length,
        next: (u) => nextPut({ registry, layout, running, registrations }, order[u], u),
      });
      return running.map(({ name, title, coldMs, process: { pid }, end }, at) => {
        const { delays, missed } = delaysOf(timed.filter((_put, u) => order[u] === at));
        const cpuMs = (usageOf(pid).cpuMs - before[at].cpuMs) / updates;
        const figures = {
          coldMs,
          rssMb: before[at].rssMb,
          p50Ms: percentile(delays, 0.5),
          p99Ms: percentile(delays, 0.99),
        };
        return { name, title, ...figures, missed, cpuMs, scrapes: end() };
      });
    } finally {
      for (const { process, end } of running) {
        end();
        await process.stop();
      }
    }
  }
}

/** `count` zeros and as many ones, in random order. */
function shuffle(count) {
  const order = Array.from({ length: 2 * count }, (_, at) => at % 2);
  for (let last = order.length - 1; last > 0; last--) {
    const any = Math.floor(Math.random() * (last + 1));
    [order[last], order[any]] = [order[any], order[last]];
  }
  return order;
}

/** A new port for one of the instances of this side's source. */
function nextPut({ registry, layout, running, registrations }, side, u) {
  const { services, instances } = registrations;
  const any = Math.floor((Math.random() * instances) / 2);
  const perService = instances / services;
  const i = 2 * (any % (services / 2)) + side + services * (Math.floor(any / (services / 2)) % perService);
  const port = 20_000 + u;
  return {
    file: layout.fileOf(running[side].out),
    wanted: `${addressOf(i)}:${port}`,
    put: () => registry.put(i, port),
  };
}
