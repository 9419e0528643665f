import { describe, expect, it, test } from 'vitest';
import { autoOptions, detectFormat } from '../../src/formats/auto.js';
import { formatSchema, resolveSpec } from '../../src/formats/schema.js';
import { entry } from './entries.js';

const detect = (values: string[], options: object = {}) =>
  detectFormat(
    values.map((value, index) => entry(`/services/web/${index}`, value)),
    autoOptions.parse(options),
    { base: '/services/' },
  );
const object = '{"ip":"10.0.0.1","port":80}';

describe('deciding the format of a source', () => {
  test.each<[string, string[], object]>([
    [
      'addresses',
      ['10.0.0.1:80', 'http://10.0.0.2'],
      { kind: 'decided', format: 'plain', votes: { plain: 2, json: 0, neither: 0 } },
    ],
    ['objects', [object], { kind: 'decided', format: 'json' }],
    ['more addresses than objects', ['10.0.0.1:80', object, '10.0.0.2:80'], { kind: 'decided', format: 'plain' }],
    ['as many objects as addresses', ['10.0.0.1:80', object], { kind: 'decided', format: 'json' }],
    ['wildcards only', ['[::]:80'], { kind: 'decided', format: 'plain' }],
    ['another service’s name', ['{"ip":"10.0.0.1","port":80,"name":"x"}'], { kind: 'decided', format: 'json' }],
    ['no key', [], { kind: 'undecided' }],
    [
      'bare words',
      ['myapp', 'true', 'example.com', ''],
      { kind: 'undecided', votes: { plain: 0, json: 0, neither: 4 } },
    ],
    ['configuration', ['key: value', 'a:b', '{"debug":true}', '[1]', '3', '\udc80'], { kind: 'undecided' }],
    ['noise around one address', ['myapp', 'x', '3', '10.0.0.1:80'], { kind: 'decided', format: 'plain' }],
    ['a Kubernetes store', ['k8s\0\n\udc0a', 'k8s\0x', '10.0.0.1:80'], { kind: 'kubernetes', keys: 2 }],
    ['a stray Kubernetes object among registrations', ['k8s\0', '10.0.0.1:80', object], { kind: 'decided' }],
  ])('sees %s', (_, values, expected) => {
    expect(detect(values)).toMatchObject(expected);
    expect(detect(values.toReversed())).toMatchObject(expected);
  });

  it('reads bare words as addresses only with a default port', () => {
    expect(detect(['web-1', 'web-2'], { defaultPort: 80 })).toMatchObject({ format: 'plain' });
  });

  it('reads the fields at the paths of its options', () => {
    const values = ['{"node":"10.0.0.1:80"}'];
    expect(detect(values)).toMatchObject({ kind: 'undecided' });
    expect(detect(values, { fields: { address: 'node' } })).toMatchObject({ format: 'json' });
    const order = [entry('/order', '10.0.0.1:80')];
    expect(detectFormat(order, autoOptions.parse({}), { base: '/' })).toMatchObject({ kind: 'undecided' });
    expect(detectFormat(order, autoOptions.parse({}), { base: '/', key: '<service>' })).toMatchObject({
      format: 'plain',
    });
  });
});

describe('deciding by a sample', () => {
  const many = (size: number, value: (index: number) => string) =>
    detect(Array.from({ length: size }, (_, i) => value(i)));

  it('reads a few hundred of many keys when these agree', () => {
    expect(many(50_000, () => object)).toEqual({
      kind: 'decided',
      format: 'json',
      votes: { plain: 0, json: 250, neither: 0 },
    });
  });

  test.each([
    ['a marker beside each registration', 2, 0, 'json', { plain: 0, json: 10_000, neither: 10_000 }],
    ['two fields as keys of their own beside each', 3, 1, 'json', { plain: 0, json: 6667, neither: 13_333 }],
    ['eight of ten that are plain', 5, 4, 'plain', { plain: 16_000, json: 4000, neither: 0 }],
  ] as const)('asks all of them when they are not: %s', (_, period, at, format, votes) => {
    const other = format === 'plain' ? '10.0.0.1:80' : 'true';
    expect(many(20_000, (index) => (index % period === at ? object : other))).toEqual({
      kind: 'decided',
      format,
      votes,
    });
  });

  it('knows a Kubernetes store of any size', () => {
    expect(many(5000, () => 'k8s\0x')).toMatchObject({ kind: 'kubernetes', keys: 5000 });
  });

  it('is not misled by other keys at regular positions', () => {
    for (let period = 2; period < 40; period++) {
      const votes = (index: number) => (index % period === 0 ? object : '10.0.0.1:80');
      expect(many(4000, votes)).toMatchObject({ format: period === 2 ? 'json' : 'plain' });
    }
  });
});

it('passes its options to the decided format', () => {
  const spec = formatSchema.parse({
    name: 'auto',
    defaultPort: 80,
    fields: { zone: 'az' },
    zeroWeight: 'unset',
  });
  expect(resolveSpec(spec, 'plain')).toEqual({ name: 'plain', defaultPort: 80 });
  expect(resolveSpec(spec, 'json')).toEqual({
    name: 'json',
    defaultPort: 80,
    fields: { zone: 'az' },
    zeroWeight: 'unset',
  });
  const raw = formatSchema.parse('raw');
  expect(resolveSpec(raw, 'json')).toBe(raw);
});
