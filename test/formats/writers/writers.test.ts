import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { createFold } from '../../../src/snapshot/fold.js';
import { normalizeRegistration } from '../../../src/model/registration.js';
import type { Registration, NormalizedRegistration } from '../../../src/model/registration.js';
import type { WriterName } from '../../../src/formats/writers/writer.js';
import { writerNames, writerOf } from '../../../src/formats/writers/registry.js';
import { entry, makeFormat } from '../entries.js';

/** Registrations that a framework's own writer cannot store. */
const unsaid: Readonly<Record<WriterName, (it: NormalizedRegistration) => readonly string[]>> = {
  json: () => [],
  plain: (it) => present(it, ['zone', 'version', 'tags', 'metadata']).concat((it.weight ?? 1) === 1 ? [] : 'weight'),
  'grpc-endpoints': (it) =>
    present(it, ['scheme', 'zone', 'version', 'tags']).concat((it.weight ?? 1) === 1 ? [] : 'weight'),
  kratos: (it) =>
    present(it, ['zone', 'tags']).concat(
      it.scheme === '' ? 'scheme' : [],
      Object.hasOwn(it.metadata, 'weight') ? 'metadata' : [],
    ),
  kitex: (it) =>
    present(it, ['scheme', 'zone', 'version', 'tags']).concat(
      it.weight === 0 ? 'weight' : [],
      it.id === joined(it) ? [] : 'id',
    ),
};

const joined = ({ address, port }: NormalizedRegistration): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

const present = (it: NormalizedRegistration, fields: (keyof NormalizedRegistration)[]): string[] =>
  fields.filter((field) => Object.keys(it[field] as object | string).length > 0);

const defaultWeight = { json: 1, plain: 1, 'grpc-endpoints': 1, kratos: 100, kitex: 10 };

const word = fc.stringMatching(/^[a-z][a-z0-9]{0,6}(?:[.-][a-z0-9]{1,4})?$/);
const name = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .filter((text) => !text.includes('/') && !/[\p{C}\u2028\u2029]/u.test(text));
const host = fc.oneof(
  fc.ipV4().filter((text) => text !== '0.0.0.0'),
  fc.ipV6().filter((text) => !/^[0:]*$/.test(text)),
  word.map((text) => `${text}.internal`),
);
const sparse = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
const registrations: fc.Arbitrary<Registration> = fc.record({
  service: name,
  id: sparse(name),
  address: host,
  port: fc.integer({ min: 1, max: 65_535 }),
  weight: sparse(fc.constantFrom(0, 1, 7, 10, 100, 65_535)),
  scheme: sparse(fc.constantFrom('http', 'https', 'grpc', 'tcp')),
  zone: sparse(name),
  version: sparse(name),
  tags: sparse(fc.array(name, { maxLength: 3 })),
  metadata: sparse(fc.dictionary(fc.oneof(name, fc.constantFrom('weight', '__proto__')), name, { maxKeys: 3 })),
});
const prefixes = fc.oneof(
  fc.constant(''),
  fc.constantFrom('/', '/services/', '/services', 'a/b/c/', '/microservices/prod/'),
);
const patterns = fc.constantFrom(undefined, '<service>/instances/<id>', 'v1/<service...>/<id>');

describe.each(writerNames)('%s', (format) => {
  const writer = writerOf(format);

  test('its format reads back exactly what it writes, and it refuses by name a field that the format cannot store', () => {
    fc.assert(
      fc.property(registrations, prefixes, patterns, (given, prefix, pattern) => {
        const settled = normalizeRegistration(given);
        const lacking = unsaid[format](settled);
        const written = writer.write(settled, { prefix, pattern });
        if ('rejected' in written) {
          expect(lacking, written.reason).not.toEqual([]);
          expect(lacking.some((field) => written.reason.includes(field))).toBe(true);
          return;
        }
        expect(lacking).toEqual([]);
        const { key, value = '' } = written;
        const { services, rejected } = createFold({
          source: 's',
          prefix,
          format: makeFormat(format, { base: prefix.replace(/(?<=[^/])$/, '/'), key: pattern }),
        }).apply({ kind: 'sync', revision: '1', clusterId: '1', entries: [entry(key, value)] });
        expect(rejected).toEqual([]);
        const found = [...services.values()].flatMap(({ instances }) => instances);
        const { weight = defaultWeight[format], metadata, ...rest } = settled;
        expect(found).toMatchObject([{ ...rest, weight, id: found[0]?.id }]);
        const said = format === 'kratos' && settled.weight !== undefined ? { weight: String(weight) } : {};
        expect({ ...found[0]?.metadata }).toEqual({ ...metadata, ...said });
        // Only kitex has no brackets in its ids.
        expect(format === 'kitex' ? joined(settled) : found[0]?.id).toBe(settled.id);
        const { service, id, address, port } = settled;
        expect(writer.read(key, value, { prefix, pattern })).toEqual({ service, id, address, port });
      }),
      { numRuns: 200 },
    );
  });

  test('it writes a status that it can express, and withdraws the key for another', () => {
    const base = { service: 'web', address: '10.0.0.1', port: 80, ...(format === 'kratos' && { scheme: 'grpc' }) };
    for (const status of ['draining', 'critical'] as const) {
      const written = writer.write(normalizeRegistration({ ...base, status }), {});
      const passing = writer.write(normalizeRegistration(base), {});
      if ('rejected' in written || 'rejected' in passing) throw new Error('it was refused');
      expect(written.key).toBe(passing.key);
      if (format === 'json') expect(JSON.parse(written.value ?? '')).toMatchObject({ status });
      else expect(written.value).toBeUndefined();
    }
  });

  test.each([
    ['/services*', 'ends in a star'],
    ['/a\n/', 'control character'],
    ['/\ud800/', 'not text'],
  ])('it refuses the prefix %j', (prefix, reason) => {
    const settled = normalizeRegistration({ service: 'web', address: '10.0.0.1', port: 80, scheme: 'grpc' });
    const refused = writer.write(settled, { prefix });
    if (!('rejected' in refused)) throw new Error('it was taken');
    expect(refused.rejected).toBe('bad-name');
    expect(refused.reason).toContain(reason);
  });

  test('it reads no other key as one of its endpoints', () => {
    for (const [key, value] of [
      ['', ''],
      ['/', '{}'],
      ['/services/web/a', ''],
      ['/services/web/a', '{"endpoints":["grpc://10.0.0.1:1","http://10.0.0.1:2"],"name":"web","id":"a"}'],
      ['/services/web/a', '10.0.0.1:80,10.0.0.2:80'],
      ['a\ud800/b', '10.0.0.1:80'],
    ] as const)
      expect(writer.read(key, value, { prefix: '/services/' }), `${key} ${value}`).toBeUndefined();
  });
});

describe('the bytes are those of the framework’s own writer', () => {
  test.each<[WriterName, Partial<Registration>, string, string]>([
    ['json', {}, '/services/web/10.0.0.1:80', '{"service":"web","address":"10.0.0.1","port":80}'],
    [
      'json',
      {
        id: 'a1',
        weight: 0,
        scheme: 'http',
        zone: 'a',
        version: '1',
        tags: ['t'],
        metadata: { k: 'v' },
        status: 'draining',
      },
      '/services/web/a1',
      '{"service":"web","address":"10.0.0.1","port":80,"weight":0,"scheme":"http","zone":"a","version":"1","tags":["t"],"metadata":{"k":"v"},"status":"draining"}',
    ],
    ['plain', { id: '001' }, '/services/web/001', '10.0.0.1:80'],
    ['plain', { address: 'fd00::1', scheme: 'http' }, '/services/web/[fd00::1]:80', 'http://[fd00::1]:80'],
    ['grpc-endpoints', {}, 'web/10.0.0.1:80', '{"Op":0,"Addr":"10.0.0.1:80","Metadata":null}'],
    [
      'grpc-endpoints',
      { address: 'fd00::1', metadata: { k: 'v' } },
      'web/[fd00::1]:80',
      '{"Op":0,"Addr":"[fd00::1]:80","Metadata":{"k":"v"}}',
    ],
    [
      'kratos',
      { id: 'i-1', scheme: 'grpcs', version: 'v1', weight: 50, metadata: { az: 'a' } },
      '/microservices/web/i-1',
      '{"id":"i-1","name":"web","version":"v1","metadata":{"az":"a","weight":"50"},"endpoints":["grpcs://10.0.0.1:80"]}',
    ],
    [
      'kitex',
      {},
      'kitex/registry-etcd/web/10.0.0.1:80',
      '{"network":"tcp","address":"10.0.0.1:80","weight":10,"tags":null}',
    ],
    [
      'kitex',
      { address: 'fd00::1', weight: 30, metadata: { idc: 'hl' } },
      'kitex/registry-etcd/web/fd00::1:80',
      '{"network":"tcp","address":"fd00::1:80","weight":30,"tags":{"idc":"hl"}}',
    ],
  ])('%s %j', (format, more, key, value) => {
    const writer = writerOf(format);
    const settled = normalizeRegistration({ service: 'web', address: '10.0.0.1', port: 80, ...more });
    expect(writer.write(settled, {})).toEqual({ key, value });
  });
});

it('refuses a value that is longer than its format reads', () => {
  const metadata = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`k${i}`, 'x'.repeat(8000)]));
  const settled = normalizeRegistration({ service: 'web', address: '10.0.0.1', port: 80, metadata });
  expect(writerOf('json').write(settled, { prefix: '/s/' })).toEqual({
    rejected: 'not-recognised',
    reason: 'as json, the value is longer than 262144 characters',
  });
});

it('names the formats that it can write when it refuses another', () => {
  expect(() => writerOf('skydns' as WriterName)).toThrow('json, plain, grpc-endpoints, kratos, kitex');
  expect(() => writerOf('constructor' as WriterName)).toThrow('rollcall cannot write this format');
});

it('is documented: the fields that each format can store', async () => {
  const page = await readFile(new URL('../../../docs/formats.md', import.meta.url), 'utf8');
  const [, section = ''] = page.split('\n## Writing registrations');
  const [head = [], , ...rows] = [...section.matchAll(/^\|(.*)\|$/gm)].map(([, line = '']) =>
    line.split('|').map((cell) => cell.trim()),
  );
  expect(head.slice(1)).toEqual(writerNames.map((name) => `\`${name}\``));
  const base = { service: 'web', address: '10.0.0.1', port: 80 };
  const fields: Readonly<Record<string, Partial<Registration>>> = {
    scheme: { scheme: 'grpc' },
    zone: { zone: 'a' },
    version: { version: '1' },
    tags: { tags: ['a'] },
    metadata: { metadata: { a: 'b' } },
    'draining, critical': { status: 'draining' },
  };
  const listed = rows.filter(([field = '']) => field in fields);
  expect(listed).toHaveLength(Object.keys(fields).length);
  for (const [field = '', ...cells] of listed)
    for (const [at, format] of writerNames.entries()) {
      const registration = { ...base, ...(format === 'kratos' && { scheme: 'grpc' }), ...fields[field] };
      const writer = writerOf(format);
      const written = writer.write(normalizeRegistration(registration), {});
      const said = !('rejected' in written) && written.value !== undefined;
      expect(cells[at], `${field} of ${format}`).toBe(
        said ? (field === 'scheme' && format === 'kratos' ? 'needed' : 'yes') : 'no',
      );
    }
});
