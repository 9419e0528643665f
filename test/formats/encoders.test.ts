import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createFold } from '../../src/snapshot/fold.js';
import { encoders } from './encoders.js';
import type { Registration, Wanted } from './encoders.js';
import { entry, makeFormat } from './entries.js';

const read = (name: string, { base, key }: Registration, value: string) => {
  const format = makeFormat(name, { base: base ?? (key.startsWith('/') ? '/' : '') });
  const { services, rejected } = createFold({ source: 's', prefix: '', format }).apply({
    kind: 'sync',
    revision: '1',
    clusterId: '1',
    entries: [entry(key, value)],
  });
  const instances = [...services.values()].flatMap((service) => service.instances);
  return {
    rejected,
    found: instances.map(({ service, id, address, port, weight, scheme, version, metadata }): Wanted => ({
      service,
      id,
      address,
      port,
      weight,
      scheme,
      version,
      metadata: { ...metadata },
    })),
  };
};

const byPlace = (list: readonly Wanted[]): readonly Wanted[] =>
  list.toSorted((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : a.port - b.port));

describe.each(Object.entries(encoders))('%s', (name, registrations) => {
  test('a registration of its writer decodes to the intended instances', () => {
    fc.assert(
      fc.property(registrations, (it) => {
        const { wanted } = it;
        const { found, rejected } = read(name, it, it.value);
        expect(rejected).toEqual([]);
        expect(byPlace(found)).toEqual(byPlace(wanted));
      }),
    );
  });

  test('a changed port or a truncated value never decodes to the same instances', () => {
    fc.assert(
      fc.property(registrations, fc.nat(), (it, at) => {
        const { value, wanted } = it;
        fc.pre(wanted.length > 0);
        const { found } = read(name, it, value);
        const port = wanted[at % wanted.length]?.port ?? 0;
        const next = port === 65_535 ? 1 : port + 1;
        const moved = value.replaceAll(new RegExp(`:${port}(?=["?]|$)`, 'g'), `:${next}`);
        expect(moved).not.toBe(value);
        expect(read(name, it, moved).found).not.toEqual(found);
        expect(read(name, it, value.slice(0, at % value.length)).found).not.toEqual(found);
      }),
    );
  });
});
