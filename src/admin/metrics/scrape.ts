import { Registry, type Metric as RegistryMetric } from 'prom-client';
import type { Clock, StatusReader } from '../../ports.js';
import { metricGroups } from './catalogue.js';
import type { Facts, Metric } from './metric.js';
import { addStandardMetrics } from './standard.js';

/** Makes the answers of `/metrics`. */
export interface Scraper {
  readonly contentType: string;
  /** The text format of Prometheus. Requests at the same time share one text. */
  scrape(): Promise<string>;
}

/** Everything is read when it is scraped; nothing is kept between two scrapes, so series of what the config no longer has are gone. */
export function createScraper(process: Pick<StatusReader, 'status' | 'measures'>, clock: Pick<Clock, 'wall'>): Scraper {
  const registry = new Registry();
  let facts: Facts | undefined;
  for (const metric of Object.values(metricGroups).flat())
    registry.registerMetric(asRegistryMetric(metric, () => facts));
  addStandardMetrics(registry);
  let making: Promise<string> | undefined;

  async function make(): Promise<string> {
    facts = { status: process.status(), measures: process.measures(), now: clock.wall() };
    const text = await registry.metrics();
    facts = undefined;
    return text;
  }

  return {
    contentType: registry.contentType,
    scrape: () =>
      (making ??= make().finally(() => {
        making = undefined;
      })),
  };
}

/** A registry asks its metrics for nothing but their values: it needs none of prom-client's own counters, which would keep a copy. */
function asRegistryMetric({ name, help, type, read }: Metric, facts: () => Facts | undefined): RegistryMetric {
  const get = () => {
    const present = facts();
    const samples = present ? read(present) : [];
    const values = samples.map(({ labels, value, suffix }) => ({
      ...{ labels, value },
      ...(suffix && { metricName: `${name}${suffix}` }),
    }));
    return Promise.resolve({ name, help, type, values, aggregator: 'sum' });
  };
  return { name, help, get } as unknown as RegistryMetric;
}
