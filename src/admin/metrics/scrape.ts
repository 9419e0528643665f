import { setImmediate } from 'node:timers/promises';
import { Registry, type Metric as RegistryMetric } from 'prom-client';
import type { StatusReader } from '../../ports/running-process.js';
import type { Clock } from '../../ports/runtime.js';
import { metricGroups } from './catalogue.js';
import type { Facts, Metric } from './metric.js';
import { addStandardMetrics } from './standard.js';

/** Makes the answers of `/metrics`. */
export interface Scraper {
  readonly contentType: string;
  /** The text format of Prometheus, at most 100 ms old: many requests, which need no token, cost no more than ten a second. */
  scrape(): Promise<string>;
}

/** Milliseconds for which a text is the answer to further requests. */
const freshFor = 100;
/** Milliseconds of work after which other work may run. */
const share = 2;

/** Everything is read when it is scraped; nothing is kept between two scrapes, so series of what the config no longer has are gone. */
export function createScraper(
  process: Pick<StatusReader, 'status' | 'measures'>,
  clock: Pick<Clock, 'now' | 'wall'>,
): Scraper {
  const registry = new Registry();
  const names = new Set<string>();
  let facts: Facts | undefined;
  for (const metric of Object.values(metricGroups).flat())
    registry.registerMetric(asRegistryMetric(metric, () => facts));
  addStandardMetrics(registry);
  for (const { name } of registry.getMetricsAsArray()) names.add(name);
  let last: { readonly text: Promise<string>; readonly at: number } | undefined;

  async function make(): Promise<string> {
    facts = { status: process.status(), measures: process.measures(), now: clock.wall() };
    const texts: string[] = [];
    let began = clock.now();
    // One metric after the other. Each is read at once, so the parts of a histogram fit together.
    for (const name of names) {
      texts.push(await registry.getSingleMetricAsString(name));
      if (clock.now() - began < share) continue;
      await setImmediate();
      began = clock.now();
    }
    facts = undefined;
    return `${texts.join('\n')}\n`;
  }

  return {
    contentType: registry.contentType,
    scrape() {
      const now = clock.now();
      if (last && now - last.at < freshFor) return last.text;
      // A text that takes long to make is shared until it is there, and a failure is the answer to no later request.
      const text = make();
      last = { text, at: Infinity };
      text.then(
        () => (last = { text, at: clock.now() }),
        () => (last = undefined),
      );
      return text;
    },
  };
}

/** The registry looks it up by identity, so that no label is written once for each series that has none. */
const noSharedLabels = Object.freeze({});

/** A registry asks its metrics for nothing but their values: it needs none of prom-client's own counters, which would keep a copy. */
function asRegistryMetric({ name, help, type, read }: Metric, facts: () => Facts | undefined): RegistryMetric {
  const get = () => {
    const present = facts();
    const samples = present ? read(present) : [];
    const values = samples.map(({ labels, value, suffix }) => ({
      ...{ labels, value, sharedLabels: noSharedLabels },
      ...(suffix && { metricName: `${name}${suffix}` }),
    }));
    return Promise.resolve({ name, help, type, values, aggregator: 'sum' });
  };
  return { name, help, get } as unknown as RegistryMetric;
}
