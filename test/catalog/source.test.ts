import { expect, it } from 'vitest';
import { sourceSchema } from '../../src/config/source.js';
import type { Entry } from '../../src/model/entry.js';
import { openStore } from '../../src/state/store.js';
import { readFormatDecisions, type FormatDecisions } from '../../src/state/format-decisions.js';
import { createCatalogSource, restoreSources } from '../../src/catalog/source.js';
import { memoryLog } from '../support/log.js';
import { tempDir } from '../support/temp.js';

const entry = (key: string, value: string): Entry => ({
  key,
  value,
  lease: '0',
  createRevision: '1',
  modRevision: '1',
});
const plain = entry('/services/web/1', '10.0.0.1:80');
const json = [2, 3, 4].map((id) => entry(`/services/web/${id}`, `{"host":"10.0.0.${id}","port":80}`));
const config = (more: object = {}) => sourceSchema.parse({ name: 'services', prefix: '/services/', ...more });
const sync = (entries: readonly Entry[]) => ({ kind: 'sync', revision: '9', clusterId: '7', entries }) as const;

const decided = (format: string) => ({ format, keys: 1, tops: ['web'] });

it('keeps the decision of auto over restarts, for run and for read-only commands', async () => {
  const dir = await tempDir();
  const log = memoryLog();
  expect((await readFormatDecisions(dir)).get('services', '/services/')).toBeUndefined();
  const store = await openStore(dir, { log });
  expect(createCatalogSource(config(), store.decisions, log).open([])).toMatchObject({ final: false });
  expect(createCatalogSource(config(), store.decisions, log).open([plain]).final).toBe(true);
  await store.decisions.set('other', '/other/', decided('json'));
  await store.close();

  const again = await openStore(dir, { log });
  for (const decisions of [again.decisions, await readFormatDecisions(dir)]) {
    const { folding, final } = createCatalogSource(config(), decisions, log).open([plain, ...json]);
    const snapshot = folding.apply(sync([plain, ...json]));
    expect([final, snapshot.format, snapshot.rejected.length]).toEqual([true, 'plain', 3]);
  }
  const named = createCatalogSource(config({ format: 'json' }), again.decisions, log).open([plain]);
  expect(named.folding.apply(sync(json)).format).toBe('json');
  await again.close();
});

it('keeps the format of a framework too, and decides again when the kept format is unknown', async () => {
  const dir = await tempDir();
  const log = memoryLog();
  const kratos = [5, 6, 7, 8].map((id) =>
    entry(`/services/web/${id}`, `{"id":"${id}","name":"web","endpoints":["grpc://10.0.0.${id}:90"]}`),
  );
  const formatBy = (decisions: Pick<FormatDecisions, 'get'>, entries: readonly Entry[]) =>
    createCatalogSource(config(), decisions, log).open(entries).folding.apply(sync(entries)).format;
  const store = await openStore(dir, { log });
  expect(createCatalogSource(config(), store.decisions, log).open([...kratos, plain]).final).toBe(true);
  await store.decisions.set('other', '/other/', decided('json'));
  await store.close();
  const kept = await readFormatDecisions(dir);
  expect(formatBy({ get: () => kept.get('services', '/services/') }, json)).toBe('kratos');
  expect(formatBy({ get: () => decided('json') }, kratos)).toBe('json');
  for (const other of ['raw', 'of-tomorrow', 'constructor'])
    expect(formatBy({ get: () => decided(other) }, kratos)).toBe('kratos');
});

it('restores only the sources of the last good snapshot that are read in the same way today', () => {
  const { folding } = createCatalogSource(config(), { get: () => decided('json') }, memoryLog()).open(json);
  const kept = { sources: [folding.apply(sync(json))], stale: true };
  const addresses = (more: object) =>
    restoreSources(kept, [config(more)]).map(({ services }) =>
      services.get('web')?.instances.map(({ address }) => address),
    );
  expect(addresses({})).toEqual([['10.0.0.2', '10.0.0.3', '10.0.0.4']]);
  // Another filter may take instances that were not saved.
  expect(addresses({ addresses: { deny: ['10.0.0.3/32'] } })).toEqual([]);
  expect(addresses({ select: { tags: ['public'] } })).toEqual([]);
  expect(addresses({ secret: true })).toEqual([]);
  expect(addresses({ prefix: '/elsewhere/' })).toEqual([]);
  expect(addresses({ format: 'plain' })).toEqual([]);
  // Read in another way, the same keys may be other services.
  expect(addresses({ key: '<service...>/<id>' })).toEqual([]);
  expect(addresses({ trustValue: true })).toEqual([]);
  expect(addresses({ format: { name: 'json', fields: { service: 'owner' } } })).toEqual([]);
  expect(addresses({ format: 'json' })).toEqual([['10.0.0.2', '10.0.0.3', '10.0.0.4']]);
  expect(restoreSources(undefined, [config()])).toEqual([]);
});
