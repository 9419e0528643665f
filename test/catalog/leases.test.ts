import { describe, expect, it } from 'vitest';
import { createHeldSource } from '../../src/catalog/held-source.js';
import { createCatalogSource, restoreSources } from '../../src/catalog/source.js';
import { sourceSchema } from '../../src/config/source.js';
import type { Batch, EntryEvent } from '../../src/model/entry.js';
import { realClock } from '../support/clock.js';
import { memoryLog } from '../support/log.js';

const put = (id: string, lease: string, value = `10.0.0.${id}:80`): EntryEvent => ({
  type: 'put',
  entry: { key: `/services/web/${id}`, value, lease, createRevision: '1', modRevision: '1' },
});
const change = (...events: EntryEvent[]): Batch => ({ kind: 'change', revision: '2', events });

function held(more: object = {}) {
  const config = sourceSchema.parse({ name: 'services', prefix: '/services/', format: 'plain', ...more });
  const log = memoryLog();
  const source = createHeldSource(createCatalogSource(config, { get: () => undefined }, log), {
    clock: realClock,
    log,
  });
  source.sink.batch({ kind: 'sync', revision: '1', clusterId: '7', entries: [] });
  return {
    source,
    config,
    apply: (...events: EntryEvent[]) => {
      source.sink.batch(change(...events));
    },
    said: () =>
      log.lines.filter(({ message }) => message.includes('lease')).map(({ level, message }) => `${level} ${message}`),
    lines: log.lines,
    leaseless: () => [
      source.snapshot?.counts.leaseless,
      [...source.leaseless].map((key) => key.slice('/services/web/'.length)),
    ],
  };
}

describe('registrations without a lease', () => {
  it('are counted, also when a put changes only the lease', () => {
    const { apply, leaseless, source } = held();
    apply(put('1', '0'), put('2', '77'), put('3', '0', 'garbage'), put('4', '0', '10.0.0.4:80,10.0.0.5:80'));
    expect(leaseless()).toEqual([2, ['1', '4']]);
    const before = source.snapshot?.services;
    apply(put('1', '78'), put('2', '0'));
    expect(leaseless()).toEqual([2, ['4', '2']]);
    expect(source.snapshot?.services).toBe(before);
    apply({ type: 'delete', key: '/services/web/2' }, put('4', '0', 'garbage'));
    expect(leaseless()).toEqual([0, []]);
  });

  it('are warned of once, with some keys, until there are none', () => {
    const { apply, said, lines } = held();
    apply(...Array.from({ length: 9 }, (_, at) => put(String(at + 1), '0')));
    apply(put('10', '0'));
    expect(said()).toEqual([
      'warn 9 registrations have no lease and stay when their registrants die: register with a lease, or delete the keys; `requireLease: true` rejects them',
    ]);
    expect(lines.at(-1)?.fields).toMatchObject({
      source: 'services',
      leaseless: 9,
      examples: [1, 2, 3, 4, 5].map((id) => `/services/web/${id}`),
    });
    for (let id = 1; id <= 10; id++) apply(put(String(id), '77'));
    expect(said().slice(1)).toEqual(['info no accepted registration is without a lease now']);
    apply({ type: 'delete', key: '/services/web/1' });
    expect(said()).toHaveLength(2);
  });

  it('are not warned of when there are none, nor for a raw source', () => {
    const leased = held();
    leased.apply(put('1', '77'));
    const raw = held({ format: 'raw' });
    raw.apply(put('1', '0'));
    expect([leased.said(), raw.said(), raw.leaseless()]).toEqual([[], [], [0, []]]);
  });

  it('are rejected with a reason when the source sets requireLease', () => {
    const { apply, source, leaseless } = held({ requireLease: true });
    const view = () => ({
      instances: source.snapshot?.services.get('web')?.instances.map(({ address }) => address),
      codes: source.snapshot?.rejected.map(({ key, code }) => `${key.slice(-1)} ${code}`),
    });
    apply(put('1', '0'), put('2', '77'), put('3', '0', 'garbage'));
    expect(view()).toEqual({ instances: ['10.0.0.2'], codes: ['1 no-lease', '3 no-port'] });
    expect(leaseless()).toEqual([0, []]);
    apply(put('1', '78'), put('2', '0'));
    expect(view()).toEqual({ instances: ['10.0.0.1'], codes: ['2 no-lease', '3 no-port'] });
  });

  it('are not taken from a last good snapshot that was read without the rule', () => {
    const { source, config } = held();
    const kept = { sources: source.snapshot ? [source.snapshot] : [], stale: true };
    expect(restoreSources(kept, [config])).toHaveLength(1);
    expect(restoreSources(kept, [{ ...config, requireLease: true }])).toEqual([]);
  });
});
