import { expect, it } from 'vitest';
import { createScraper } from '../../src/admin/metrics/scrape.js';
import { createHistogram } from '../../src/model/histogram.js';
import type { Measures } from '../../src/model/measures.js';
import type { ProcessStatus } from '../../src/model/status.js';
import { readExposition, valueOf } from '../support/exposition.js';

const at = '2026-01-31T12:00:00.000Z';

/** A process with one source, whose name has what must be escaped. */
function start() {
  const world = { now: 0, asked: 0, trouble: undefined as Error | undefined, generation: 1 };
  const source = {
    name: 'a"b\\c',
    prefix: '/',
    format: null,
    listed: false,
    watch: 'not-started',
    since: null,
  } as const;
  const status = (): ProcessStatus => {
    world.asked += 1;
    if (world.trouble) throw world.trouble;
    return {
      ...{ version: '1', pid: 1, startedAt: at, inStep: true, stale: false, targets: [] },
      election: null,
      config: { file: '/rollcall.yaml', generation: world.generation, since: at, refused: null },
      sources: [{ ...source, revision: null, keys: 0, services: 0, rejected: 0, secret: false }],
    };
  };
  const queued = createHistogram([1]);
  const measures = (): Measures => ({
    ...{ targets: new Map(), sources: new Map(), configRefusals: { count: 0, lastAt: undefined } },
    queue: { ...{ depth: 0, adds: 0, retries: 0, unfinishedSeconds: 0, longestSeconds: 0 }, queued, worked: queued },
  });
  const scraper = createScraper({ status, measures }, { now: () => world.now, wall: () => world.now });
  const generation = async () => valueOf(readExposition(await scraper.scrape()), 'rollcall_config_generation');
  return { world, scraper, generation };
}

it('reads once for requests at the same time and shortly after, and anew then', async () => {
  const { world, generation } = start();
  expect(await Promise.all([generation(), generation(), generation()])).toEqual([1, 1, 1]);
  world.generation = 2;
  world.now = 99;
  expect(await generation()).toBe(1);
  expect(world.asked).toBe(1);
  world.now = 100;
  expect(await generation()).toBe(2);
});

it('fails one scrape when the status cannot be made, and none after it', async () => {
  const { world, generation } = start();
  world.trouble = new Error('a bug');
  await expect(generation()).rejects.toThrow('a bug');
  world.trouble = undefined;
  expect(await generation()).toBe(1);
});

it('escapes the names of sources', async () => {
  const { scraper } = start();
  const text = await scraper.scrape();
  expect(text).toContain('rollcall_source_listed{source="a\\"b\\\\c"} 0\n');
  expect(text.endsWith('\n')).toBe(true);
});

it('leaves out what is not known of a source that was never listed', async () => {
  const { scraper } = start();
  const { series } = readExposition(await scraper.scrape());
  const names = series.filter(({ labels }) => 'source' in labels).map(({ name }) => name);
  expect(names).not.toContain('rollcall_source_rejected');
  expect(names).not.toContain('rollcall_source_revision');
});
