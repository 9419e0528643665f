import { describe, expect, it } from 'vitest';
import { createCatalog } from '../../src/catalog/catalog.js';
import { createHeldSource, type CatalogSource, type HeldSource } from '../../src/catalog/held-source.js';
import type { Batch, Entry } from '../../src/model/entry.js';
import { RollcallError } from '../../src/model/errors.js';
import type { Snapshot, SourceSnapshot } from '../../src/model/snapshot.js';
import { listed } from '../support/board.js';
import { realClock } from '../support/clock.js';
import { memoryLog } from '../support/log.js';

const entry = (key: string): Entry => ({ key, value: 'v', lease: '0', createRevision: '1', modRevision: '1' });
const sync = (revision: string, ...keys: string[]): Batch => ({
  kind: 'sync',
  revision,
  clusterId: '7',
  entries: keys.map(entry),
});
const put = (revision: string, key: string): Batch => ({
  kind: 'change',
  revision,
  events: [{ type: 'put', entry: entry(key) }],
});
const down = {
  kind: 'waiting',
  endpoint: 'http://etcd:2379',
  error: new Error('connection refused'),
  retryInMs: 100,
} as const;

/** A source whose snapshots have one service for each key. `opened`: the number of entries at each call of `open`. */
function source(name: string, options: { undecidedWithout?: boolean } = {}) {
  const opened: number[] = [];
  const catalogSource: CatalogSource = {
    name,
    open(entries) {
      opened.push(entries.length);
      const keys = new Set<string>();
      return {
        final: options.undecidedWithout !== true || entries.length > 0,
        folding: {
          apply(batch) {
            if (batch.kind === 'sync') keys.clear();
            const puts = batch.kind === 'sync' ? batch.entries.map(({ key }) => key) : [];
            const changed = batch.kind === 'change' ? batch.events : [];
            for (const key of puts) keys.add(key);
            for (const event of changed) {
              if (event.type === 'put') keys.add(event.entry.key);
              else keys.delete(event.key);
            }
            return listed(name, batch.revision, ...keys);
          },
        },
      };
    },
  };
  return { catalogSource, opened };
}

function createTestCatalog(sources: readonly CatalogSource[], restored: readonly SourceSnapshot[] | Error = []) {
  const published: { snapshot: Snapshot; source: string | undefined }[] = [];
  const log = memoryLog();
  let now = 0;
  const clock = { ...realClock, now: () => now };
  const held = sources.map((each) => createHeldSource(each, { clock, log }));
  const catalog = createCatalog({
    restored: () => {
      if (restored instanceof Error) throw restored;
      return restored;
    },
    clock: realClock,
    log,
    publish: (snapshot, _at, name) => published.push({ snapshot, source: name }),
  });
  catalog.use(held);
  const sink = (name: string): HeldSource['sink'] => {
    const found = held.find((each) => each.name === name);
    if (!found) throw new Error(`no source ${name}`);
    return found.sink;
  };
  const names = () =>
    published.at(-1)?.snapshot.sources.map(({ source: name, services }) => [name, ...services.keys()]);
  const advance = (ms: number): void => void (now += ms);
  return { catalog, held, sink, published, log, names, advance };
}

describe('the catalog', () => {
  it('publishes after every batch, sources in the order of the config whichever lists first', () => {
    const { sink, names, published } = createTestCatalog([source('a').catalogSource, source('b').catalogSource]);
    sink('b').batch(sync('3', 'x'));
    expect(names()).toEqual([['b', 'x']]);
    sink('a').batch(sync('4', 'y'));
    sink('a').batch(put('5', 'z'));
    expect(names()).toEqual([
      ['a', 'y', 'z'],
      ['b', 'x'],
    ]);
    expect(published.map(({ source: name }) => name)).toEqual(['b', 'a', 'a']);
  });

  it('opens an undecided prefix again with all its entries, and keeps the answer', () => {
    const { catalogSource, opened } = source('a', { undecidedWithout: true });
    const { sink, names } = createTestCatalog([catalogSource]);
    const a = sink('a');
    a.batch(sync('3'));
    expect(names()).toEqual([['a']]);
    a.batch(put('4', 'x'));
    a.batch(put('5', 'y'));
    expect(names()).toEqual([['a', 'x', 'y']]);
    expect(opened).toEqual([0, 1]);
  });

  it('waits for etcd when the last good snapshot cannot be read', () => {
    const { sink, published, log } = createTestCatalog([source('a').catalogSource], new Error('input/output error'));
    sink('a').state(down);
    sink('a').state(down);
    expect(published).toEqual([]);
    expect(log.lines.filter(({ level }) => level === 'error')).toMatchObject([
      { fields: { error: 'input/output error' }, message: expect.stringContaining('cannot be read') as string },
    ]);
    sink('a').batch(sync('10', 'new'));
    expect(published).toHaveLength(1);
  });

  it('publishes the last good snapshot once, when etcd does not answer, and never after a live one', () => {
    const { sink, published, log } = createTestCatalog([source('a').catalogSource], [listed('a', '9', 'old')]);
    expect(published).toEqual([]);
    sink('a').state(down);
    sink('a').state(down);
    expect(published).toHaveLength(1);
    expect(published[0]?.snapshot.stale).toBe(true);
    sink('a').batch(sync('10', 'new'));
    expect(published[1]?.snapshot).toMatchObject({ stale: false, sources: [{ revision: '10' }] });
    sink('a').state(down);
    expect(published).toHaveLength(2);
    expect(log.lines.filter(({ message }) => message === 'waiting for etcd')).toHaveLength(1);
  });

  it('says when etcd answers again, and how long it did not', () => {
    const { sink, log, advance } = createTestCatalog([source('a').catalogSource]);
    const live = { kind: 'live' as const, endpoint: 'http://127.0.0.1:2379' };
    sink('a').state(live);
    sink('a').state(live);
    sink('a').state(down);
    advance(30_000);
    sink('a').state(down);
    advance(50_000);
    sink('a').state(down);
    advance(5000);
    sink('a').state(live);
    sink('a').state(live);
    const said = log.lines.filter(({ level }) => level !== 'debug').map(({ message }) => message);
    expect(said).toEqual([
      ...['watching', 'waiting for etcd', 'waiting for etcd', 'watching'],
      'etcd answers again after 1m25s',
    ]);
    expect(log.lines.at(-1)?.fields).toMatchObject({ source: 'a', failures: 3, outageMs: 85_000 });
  });

  it('publishes nothing and logs an error when the store is no registry', () => {
    const refusing: CatalogSource = {
      name: 'a',
      open: () => {
        throw new RollcallError('CONFIG_INVALID', 'a Kubernetes store');
      },
    };
    const { sink, published, log } = createTestCatalog([refusing]);
    sink('a').batch(sync('3', 'x'));
    expect(published).toEqual([]);
    expect(log.lines).toMatchObject([{ level: 'error', fields: { source: 'a', error: 'a Kubernetes store' } }]);
  });

  it('logs each registration when it becomes bad, counts a flood, and logs duplicates at debug only', () => {
    const bad = (key: string) => ({ source: 'a', key, code: 'bad-port' as const, reason: 'port is 0' });
    let rejected: SourceSnapshot['rejected'] = [];
    const catalogSource: CatalogSource = {
      name: 'a',
      open: () => ({ final: true, folding: { apply: (batch) => ({ ...listed('a', batch.revision), rejected }) } }),
    };
    const { sink, log } = createTestCatalog([catalogSource]);
    const warnings = () =>
      log.lines.filter(({ level }) => level === 'warn').map(({ fields }) => fields.key ?? fields.more);
    rejected = [bad('k1'), { ...bad('k2'), code: 'duplicate' }];
    sink('a').batch(sync('1'));
    sink('a').batch(put('2', 'other'));
    expect(warnings()).toEqual(['k1']);
    rejected = [bad('k1'), ...Array.from({ length: 12 }, (_, i) => bad(`n${String(i)}`))];
    sink('a').batch(put('3', 'other'));
    expect(warnings()).toHaveLength(12);
    expect(warnings().at(-1)).toBe(2);
  });
});
