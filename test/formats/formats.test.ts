import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { z } from 'zod';
import { createFold } from '../../src/snapshot/fold.js';
import type { FormatKind } from '../../src/formats/kind.js';
import { formats, layoutOf, type FormatName } from '../../src/formats/registry.js';
import { formatSchema } from '../../src/formats/schema.js';
import { faultsOf } from '../model/instances.js';
import { decode, entry, makeFormat } from './entries.js';

describe('the format of a source in the config', () => {
  test.each([
    ['plain', { name: 'plain' }],
    ['json', { name: 'json', fields: {}, zeroWeight: 'drain' }],
    ['raw', { name: 'raw' }],
    ['auto', { name: 'auto', fields: {}, zeroWeight: 'drain' }],
    [
      { name: 'plain', defaultPort: 80 },
      { name: 'plain', defaultPort: 80 },
    ],
  ])('%j is complete with its defaults', (spec, complete) => {
    expect(formatSchema.parse(spec)).toEqual(complete);
  });

  test.each<[unknown, object]>([
    ['jsno', { path: ['name'] }],
    [
      { name: 'json', zeroweight: 1 },
      { code: 'unrecognized_keys', keys: ['zeroweight'] },
    ],
    [
      { name: 'raw', defaultPort: 1 },
      { code: 'unrecognized_keys', keys: ['defaultPort'] },
    ],
    [
      { name: 'json', fields: { adress: 'a' } },
      { code: 'unrecognized_keys', path: ['fields'] },
    ],
    [{ name: 'plain', defaultPort: 65_536 }, { path: ['defaultPort'] }],
    [{}, { path: ['name'] }],
    [7, { path: [] }],
  ])('%j is an error at its own place', (spec, issue) => {
    expect(formatSchema.safeParse(spec).error?.issues).toMatchObject([issue]);
  });
});

it('raw keeps every text unchanged', () => {
  expect(makeFormat('raw').decode(entry('/config/a', ' \0'))).toEqual({ pair: { key: '/config/a', value: ' \0' } });
});

describe('no format throws, and every decoded instance keeps the promises of the view', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom(...Array.from('/a:0[]{}",.@ \n')) }),
    fc.json(),
    fc.webUrl(),
    fc
      .record({
        address: fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain(), fc.string()),
        port: fc.oneof(fc.integer({ min: 1, max: 65_535 }), fc.jsonValue()),
        tags: fc.jsonValue(),
        meta: fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue()),
        status: fc.oneof(fc.constantFrom('up', 'down'), fc.jsonValue()),
        name: fc.oneof(fc.constant('web'), fc.jsonValue()),
      })
      .map((value) => JSON.stringify(value)),
  );
  const keys = fc.oneof(texts, fc.constantFrom('/services/web/1', '/services/web/2'));

  test.each(Object.entries(formats))('%s', (name, kind: FormatKind<z.ZodObject>) => {
    const options = { ...('defaultPort' in kind.options.shape && { defaultPort: 80 }) };
    fc.assert(
      fc.property(fc.array(fc.tuple(keys, texts)), fc.boolean(), (pairs, trustValue) => {
        const format = makeFormat({ name, ...options }, { trustValue, base: '/services/' });
        const fold = createFold({ source: 's', prefix: '/services/', format });
        const entries = [...new Map(pairs.map(([key, value]) => [key, entry(key, value)])).values()];
        const { services, counts } = fold.apply({ kind: 'sync', revision: '1', clusterId: '1', entries });
        expect(counts.keys).toBe(entries.length);
        expect([...services.values()].flatMap(({ instances }) => instances.flatMap(faultsOf))).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});

describe('the page on formats', () => {
  const page = () => readFile(new URL('../../docs/formats.md', import.meta.url), 'utf8');

  it('lists every rejection code, and no other', async () => {
    const contract = await readFile(new URL('../../src/model/format.ts', import.meta.url), 'utf8');
    const union = /export type RejectionCode =([^;]*);/.exec(contract)?.[1] ?? '';
    const codes = [...union.matchAll(/^ {2}\| '([a-z-]+)'/gm)].map(([, code]) => code);
    expect(codes.length).toBeGreaterThan(10);
    const [, table = ''] = (await page()).split('## Rejection codes');
    expect([...table.matchAll(/^\| `([a-z-]+)` /gm)].map(([, code]) => code)).toEqual(codes);
  });

  it('lists every word of a status with its meaning', async () => {
    for (const status of ['passing', 'draining', 'critical']) {
      const [, list = ''] = new RegExp(`^ {2}- ${status}: ([^]*?)\n {2}- `, 'm').exec(await page()) ?? [];
      const words = Array.from(list.matchAll(/`([a-z-]+)`/g), ([, word]) => word);
      expect(words.length).toBeGreaterThan(4);
      for (const word of words) {
        const value = JSON.stringify({ ip: '10.0.0.1', port: 80, status: word });
        expect(decode(makeFormat('json', { base: '/' }), '/web/1', value), word).toMatchObject({
          fragments: [{ status }],
        });
      }
    }
  });

  it('has a section for every format, and an example that decodes as it says', async () => {
    const sections = (await page()).split(/^## /m);
    for (const name of [...Object.keys(formats), 'auto'])
      expect(
        sections.some((section) => section.startsWith(`\`${name}\``)),
        name,
      ).toBe(true);
    const examples = sections.flatMap((section) => {
      const [, name = ''] = /^`([^`]+)`/.exec(section) ?? [];
      const rows = [...section.matchAll(/^\| `([^`]+)` +\| (?:`([^`]+)`|empty) +\| `([^`]+)` +\|$/gm)];
      if (!(name in formats)) return [];
      if (name !== 'raw') expect(rows.length, `examples of ${name}`).toBeGreaterThan(0);
      return rows.map(([, key = '', value = '', outcome = '']) => ({ name, key, value, outcome }));
    });
    expect(examples.length).toBeGreaterThan(8);
    for (const { name, key, value, outcome } of examples) {
      const { root } = layoutOf(name as FormatName) ?? {};
      // As a source on the page is configured: below the root of the format, or below a root that its rows share.
      const base =
        root !== undefined && key.startsWith(root) ? root : (/^(?:\/services\/|\/rpcx_test\/)/.exec(key)?.[0] ?? '');
      const format = makeFormat(name, { base });
      const { services, rejected, counts } = createFold({ source: 's', prefix: base, format }).apply({
        kind: 'sync',
        revision: '1',
        clusterId: '1',
        entries: [entry(key, value)],
      });
      const made = [...services.values()].flatMap(({ name: service, instances }) =>
        instances.map(({ id, host, port }) => `${service}, ${id}: ${host}:${port}`),
      );
      if (counts.ignored > 0) made.push('ignored');
      expect([...made, ...rejected.map(({ code }) => code)].join(' and '), `${key} ${value}`).toBe(outcome);
    }
  });
});
